//! Folders, files and readers on this machine.

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
    Error, FileKey, FileMeta, FileSource, ListOptions, OpenFile, OpenOptions, Selection,
    SourceFuture,
};

const MOST_SKIPPED_LOGGED: usize = 100;

/// A folder on this machine, as a source.
///
/// Keys are file names. Subfolders, pipes, sockets and devices are neither listed nor opened.
/// Symbolic links to files count as files. Names that are not UTF-8 are skipped with a warning.
/// Everything else follows the contract of [`FileSource`].
///
/// It works on every executor: each list, open and read runs on its own thread, which can wait for a
/// slow disk or network without blocking other tasks.
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
    /// Creates a source for a folder, which need not exist yet.
    ///
    /// A relative path is resolved against the current working directory, so that locations and
    /// errors show the full path.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: absolute(path.into()),
        }
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
            // Logged here, where the caller's span and subscriber apply.
            for (name, reason) in listing.skipped {
                warn!(folder = %self, name, reason, "skipped a folder entry");
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
                    problem: "a key in a local folder is a file name, without folders",
                });
            }
            let path = self.path.join(key.as_str());
            file::open(key.clone(), path, Accept::RegularFiles, options).await
        })
    }
}

struct Listing {
    files: Vec<FileMeta>,
    skipped: Vec<(String, &'static str)>,
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
    let mut selection = Selection::new(options);
    let mut skipped = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let shown_name = name.to_string_lossy();
        if !selection.wants(&shown_name) {
            continue;
        }
        let path = entry.path();
        let is_link = || entry.file_type().is_ok_and(|found| found.is_symlink());
        let found = match fs::metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound || is_link() => {
                skip(
                    &mut skipped,
                    &shown_name,
                    "it was just removed, or is a broken symbolic link",
                );
                continue;
            }
            Err(error) => return Err(io_error("listing", &path, error)),
        };
        if !found.is_file() {
            // Other folders are expected here, but not under the name of a file.
            if !options.names.is_empty() {
                skip(&mut skipped, &shown_name, "it is not a file");
            }
            continue;
        }
        match name.to_str().and_then(|name| FileKey::new(name).ok()) {
            Some(key) => selection.add(describe(key, &path, &found)),
            None => skip(&mut skipped, &shown_name, "its name is not valid UTF-8"),
        }
    }
    let files = selection.into_files();
    Ok(Listing { files, skipped })
}

/// Notes a skipped entry to log, unless there are already many.
fn skip(skipped: &mut Vec<(String, &'static str)>, name: &str, reason: &'static str) {
    if skipped.len() < MOST_SKIPPED_LOGGED {
        skipped.push((name.to_owned(), reason));
    }
}

/// Returns whether the key, joined to a folder, stays in that folder.
///
/// On systems other than Unix, a key may contain a backslash or a drive letter.
fn is_file_name(key: &FileKey) -> bool {
    let mut parts = Path::new(key.as_str()).components();
    matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(name)), None) if name == key.as_str()
    )
}

/// Returns the absolute path, or the path unchanged if there is no working directory.
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

    // Root may read every file, so a test cannot provoke the real error everywhere.
    #[test]
    fn missing_permission_is_reported_with_its_cause() {
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

    // Not in tests/it: tracing decides once per process whether a log line is enabled, and there
    // another test's thread might decide first.
    #[cfg(unix)]
    #[tokio::test]
    async fn skipped_entries_are_logged_if_their_name_matches() {
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
