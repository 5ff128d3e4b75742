//! Opens a single file, and notices changes while it is read.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    absolute, io_error, location,
    read_ahead::{self, Input, Plain},
    thread,
};
use crate::{Error, FileKey, FileMeta, OpenFile, OpenOptions, SourceFuture};

/// Opens any readable file on this machine by its path.
///
/// For a regular file, the contract of [`FileSource`](crate::FileSource) holds. A pipe or device
/// (`/dev/stdin`, or `/dev/fd/63` from a shell's `<(…)`) has no size or last-modified time. Opening
/// a pipe waits for its writer, and reading ends when the writer closes it. The key is the file's
/// name.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cusip_source::Error> {
/// let mut file = cusip_source::open_file("Cargo.toml").await?;
/// assert_eq!(file.meta.name(), "Cargo.toml");
/// let mut bytes = 0;
/// while let Some(chunk) = file.body.next_chunk().await? {
///     bytes += chunk.len() as u64;
/// }
/// assert_eq!(file.meta.size, Some(bytes));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error::FileNotFound`] if the file does not exist, [`Error::FolderNotFound`] or
/// [`Error::NotAFolder`] if its folder does not exist, [`Error::NotAFile`] for a folder,
/// [`Error::PermissionDenied`] if the file may not be read, and [`Error::Io`] for other errors of
/// the operating system.
pub fn open_file(path: impl Into<PathBuf>) -> SourceFuture<'static, Result<OpenFile, Error>> {
    let path = absolute(path.into());
    Box::pin(async move {
        let Some(name) = path.file_name() else {
            return Err(Error::NotAFile {
                location: location(&path),
                found: "a folder",
            });
        };
        let key = FileKey::new(name.to_string_lossy())?;
        open(key, path, Accept::AnyReadable, OpenOptions::new()).await
    })
}

/// Reads from a reader, such as standard input, as if it were a file with this name.
///
/// The name becomes the key and the location; size and last-modified time are unknown. The reader
/// runs on its own thread, a few chunks ahead of the caller. After the body is dropped, the thread
/// ends with its next read. It does not keep the process from exiting.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cusip_source::Error> {
/// let reader = std::io::Cursor::new("037833|10|0\n");
/// let mut file = cusip_source::open_reader("standard input", reader)?;
/// assert_eq!(file.body.read_to_end().await?, b"037833|10|0\n");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error::InvalidKey`] if the name is not a valid key, [`Error::Io`] if the thread cannot be
/// started. The body reports the reader's errors.
pub fn open_reader(
    name: impl Into<String>,
    reader: impl Read + Send + 'static,
) -> Result<OpenFile, Error> {
    let key = FileKey::new(name)?;
    let path = PathBuf::from(key.as_str());
    let meta = FileMeta::new(key, location(&path));
    let input = Plain {
        reader,
        path: path.clone(),
    };
    Ok(OpenFile::new(meta, read_ahead::start(input, path)?))
}

/// Which kinds of files may be opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    RegularFiles,
    AnyReadable,
}

pub(super) async fn open(
    key: FileKey,
    path: PathBuf,
    accept: Accept,
    options: OpenOptions,
) -> Result<OpenFile, Error> {
    let shown_path = path.clone();
    thread::run("opening", &shown_path, move || {
        open_blocking(key, path, accept, &options)
    })
    .await
}

/// Returns the metadata of a file. For anything but a regular file, size and time are unknown.
pub(super) fn describe(key: FileKey, path: &Path, found: &Metadata) -> FileMeta {
    let meta = FileMeta::new(key, location(path));
    if !found.is_file() {
        return meta;
    }
    let meta = meta.with_size(found.len());
    match found.modified() {
        Ok(last_modified) => meta.with_last_modified(last_modified),
        // Some systems do not record this time.
        Err(_) => meta,
    }
}

fn open_blocking(
    key: FileKey,
    path: PathBuf,
    accept: Accept,
    options: &OpenOptions,
) -> Result<OpenFile, Error> {
    // Checked before opening, because opening a named pipe without a writer blocks forever.
    let found = fs::metadata(&path).map_err(|error| open_error(&path, error))?;
    let acceptable = match accept {
        Accept::RegularFiles => found.is_file(),
        Accept::AnyReadable => !found.is_dir(),
    };
    if !acceptable {
        return Err(Error::NotAFile {
            location: location(&path),
            found: kind(found.file_type()),
        });
    }
    let file = File::open(&path).map_err(|error| open_error(&path, error))?;
    let opened = file.metadata().map_err(|error| open_error(&path, error))?;
    let meta = describe(key, &path, &opened);
    options.check(&meta)?;
    let body = if opened.is_file() {
        let input = RegularFile {
            file,
            path: path.clone(),
            opened,
            meta: meta.clone(),
            received: 0,
        };
        read_ahead::start(input, path)?
    } else {
        let input = Plain {
            reader: file,
            path: path.clone(),
        };
        read_ahead::start(input, path)?
    };
    Ok(OpenFile::new(meta, body))
}

/// Returns what a path is, with an article, such as `a folder`.
fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return "a named pipe";
        }
        if file_type.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

/// Distinguishes a missing file from a missing folder.
fn open_error(path: &Path, error: io::Error) -> Error {
    use io::ErrorKind::{NotADirectory, NotFound};
    if !matches!(error.kind(), NotFound | NotADirectory) {
        return io_error("opening", path, error);
    }
    let folder = path.parent().unwrap_or(path);
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => Error::NotAFolder {
            location: location(folder),
        },
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Error::FolderNotFound {
            location: location(folder),
        },
        _ => Error::FileNotFound {
            location: location(path),
        },
    }
}

/// A regular file. At its end it checks that the file is still the one that was opened.
///
/// An upload in place (cp, scp, sftp) shows a growing file under the final name, and may rewrite a
/// file that is being read. Comparing sizes is not enough: the file may be rewritten with the same
/// number of bytes, or replaced by another file.
struct RegularFile {
    file: File,
    path: PathBuf,
    opened: Metadata,
    meta: FileMeta,
    received: u64,
}

impl Input for RegularFile {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let length = read_ahead::read_uninterrupted(&mut self.file, buffer)
            .map_err(|error| io_error("reading", &self.path, error))?;
        self.received += length as u64;
        if length == 0 {
            self.check_unchanged()?;
        }
        // Otherwise a file that grows as fast as it is read would never end.
        if self.received > self.opened.len() {
            return Err(self.changed("it grew during the read".to_owned()));
        }
        Ok(length)
    }
}

impl RegularFile {
    fn check_unchanged(&self) -> Result<(), Error> {
        let now = self
            .file
            .metadata()
            .map_err(|error| io_error("reading", &self.path, error))?;
        let now = describe(self.meta.key.clone(), &self.path, &now);
        if let Some(change) = self.meta.change_to(&now) {
            return Err(self.changed(change));
        }
        match fs::metadata(&self.path) {
            Ok(at_path) if !is_same_file(&self.opened, &at_path) => {
                Err(self.changed("another file replaced it".to_owned()))
            }
            Ok(_) => Ok(()),
            // A removed file can still be read to its end, so the content is complete.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(io_error("reading", &self.path, error)),
        }
    }

    fn changed(&self, change: String) -> Error {
        Error::Changed {
            location: self.meta.location.clone(),
            change,
        }
    }
}

#[cfg(unix)]
fn is_same_file(opened: &Metadata, at_path: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (opened.dev(), opened.ino()) == (at_path.dev(), at_path.ino())
}

/// Without inode numbers, compares size and time.
#[cfg(not(unix))]
fn is_same_file(opened: &Metadata, at_path: &Metadata) -> bool {
    opened.len() == at_path.len() && opened.modified().ok() == at_path.modified().ok()
}
