//! This machine's folders, files and readers.

mod file;
mod read_ahead;
mod thread;

use std::{
    fmt, fs, io,
    path::{self, Component, Path, PathBuf},
};

use tracing::warn;

use self::file::{Accept, describe};
pub use self::file::{open_file, open_reader};
use crate::{
    Error, FileKey, FileMeta, FileSource, ListOptions, OpenFile, OpenOptions, SourceFuture,
};

/// A folder of this machine, as a source.
///
/// Keys are file names: sub-folders are neither listed nor opened, nor are pipes, sockets and
/// devices. Symbolic links to files are files. Names that are not UTF-8 are passed over with a
/// warning. Everything else is the contract of [`FileSource`].
///
/// Works on every executor: each listing, opening and reading has a thread of its own, which waits
/// for the disk (or for a network that hangs) without holding up anybody else.
///
/// ```
/// use cusip_source::{FileSource, LocalFolder};
///
/// let folder = LocalFolder::new("/data/pif_files");
/// assert_eq!(folder.to_string(), "/data/pif_files");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFolder {
    path: PathBuf,
}

impl LocalFolder {
    /// Names a folder, which need not exist before it is used.
    ///
    /// A relative path is taken from the working directory of now, so that locations and errors
    /// say where the folder really is.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: absolute(path.into()),
        }
    }

    /// The folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for LocalFolder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(formatter)
    }
}

impl FileSource for LocalFolder {
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        Box::pin(async move {
            let folder = self.path.clone();
            let listing =
                thread::run("listing", &self.path, move || list(&folder, &options)).await?;
            // Logged here and not where it is found: this is the caller's span and subscriber.
            for (name, reason) in listing.passed_over {
                warn!(folder = %self, name, reason, "passed over an entry of the folder");
            }
            Ok(listing.files)
        })
    }

    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        Box::pin(async move {
            if !is_file_name(key) {
                return Err(Error::InvalidKey {
                    key: key.to_string(),
                    problem: "in a local folder it is a file name, without folders",
                });
            }
            let path = self.path.join(key.as_str());
            file::open(key.clone(), path, Accept::RegularFiles, options).await
        })
    }
}

#[derive(Default)]
struct Listing {
    files: Vec<FileMeta>,
    passed_over: Vec<(String, &'static str)>,
}

fn list(folder: &Path, options: &ListOptions) -> Result<Listing, Error> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::FolderNotFound {
            location: location(folder),
        },
        io::ErrorKind::NotADirectory => Error::NotAFolder {
            location: location(folder),
        },
        _ => io_error("listing", folder, error),
    };
    let mut listing = Listing::default();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let shown_name = name.to_string_lossy();
        if !options.matches(&shown_name) {
            continue;
        }
        let path = entry.path();
        let found = match fs::metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                listing.passed_over.push((
                    shown_name.into_owned(),
                    "it was removed meanwhile, or is a symbolic link to nothing",
                ));
                continue;
            }
            Err(error) => return Err(io_error("listing", &path, error)),
        };
        if !found.is_file() {
            continue;
        }
        match name.to_str().and_then(|name| FileKey::new(name).ok()) {
            Some(key) => listing.files.push(describe(key, &path, &found)),
            None => listing
                .passed_over
                .push((shown_name.into_owned(), "its name is not valid UTF-8")),
        }
    }
    listing.files.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(listing)
}

/// Whether joining the key to a folder stays in that folder, on this system: elsewhere than on
/// Unix, a key may hold a backslash or a drive letter.
fn is_file_name(key: &FileKey) -> bool {
    let mut parts = Path::new(key.as_str()).components();
    matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(name)), None) if name == key.as_str()
    )
}

/// The path from the root on, or as it came where there is no working directory to start from.
fn absolute(path: PathBuf) -> PathBuf {
    path::absolute(&path).unwrap_or(path)
}

fn location(path: &Path) -> String {
    path.display().to_string()
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::PermissionDenied => Error::PermissionDenied {
            action,
            location: location(path),
            advice: "check its owner and mode, and those of the folders above it".to_owned(),
            source: Some(source.into()),
        },
        _ => Error::Io {
            action,
            location: location(path),
            source,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use super::*;
    use crate::FileSourceExt;

    // As root, no file refuses to be read, so the real thing cannot be had everywhere.
    #[test]
    fn refusal_by_the_system_is_permission_denied_with_its_cause() {
        let error = io_error(
            "opening",
            Path::new("/data/CED07-02R.PIP"),
            io::ErrorKind::PermissionDenied.into(),
        );
        assert_eq!(
            error.to_string(),
            "opening \"/data/CED07-02R.PIP\" is not permitted; check its owner and mode, and those \
             of the folders above it"
        );
        assert!(std::error::Error::source(&error).is_some());
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(text)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    // Here and not with the other listings: whether a log line is wanted is remembered for the
    // whole process, by whichever test's thread comes first.
    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_passed_over_is_in_the_callers_log_if_it_matched() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["CED07-02R.PIP", "CED07-03R.PIP"] {
            std::os::unix::fs::symlink("nothing", folder.path().join(name)).unwrap();
        }
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let logging = tracing::subscriber::set_default(subscriber);
        let files = LocalFolder::new(folder.path())
            .list_named("CED07-02")
            .await
            .unwrap();
        drop(logging);
        assert!(files.is_empty());
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(
            log.contains(" WARN ") && log.contains("CED07-02R.PIP"),
            "{log}"
        );
        assert!(log.contains(&location(folder.path())), "{log}");
    }
}
