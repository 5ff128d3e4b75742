//! Opening a single file, and holding it against change while it is read.

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

/// Opens a file of this machine by its path, whatever can be read there.
///
/// A regular file is read under the contract of [`FileSource`](crate::FileSource). A pipe or a
/// device (`/dev/fd/63` of a shell's `<(…)`, `/dev/stdin`) has no size and no last-modified time,
/// is read until its writer closes it, and is opened when a writer has opened it. The key is the
/// file's name.
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
/// [`Error::FileNotFound`] without such a file, [`Error::FolderNotFound`] or
/// [`Error::NotAFolder`] without the folder that should hold it, [`Error::NotAFile`] for a folder,
/// [`Error::PermissionDenied`] when it may not be read, and [`Error::Io`] for what else the
/// operating system reports.
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
        open(key, path, Accept::AnythingToRead, OpenOptions::new()).await
    })
}

/// Reads from any reader, such as standard input, as if it were a file of this name.
///
/// The name is both key and location; size and last-modified time are unknown. The reader lives on
/// a thread of its own, a few chunks ahead of the caller. When the body is dropped, that thread
/// ends with its next read; until then it does not keep the process from ending.
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
/// [`Error::InvalidKey`] for a name that is no key, [`Error::Io`] when the thread cannot be
/// started. Errors of the reader are reported by the body.
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

/// What may be opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    RegularFiles,
    AnythingToRead,
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

/// What metadata says about a file: for what is no regular file, nothing.
pub(super) fn describe(key: FileKey, path: &Path, found: &Metadata) -> FileMeta {
    let meta = FileMeta::new(key, location(path));
    if !found.is_file() {
        return meta;
    }
    let meta = meta.with_size(found.len());
    match found.modified() {
        Ok(last_modified) => meta.with_last_modified(last_modified),
        // Some systems keep no such time.
        Err(_) => meta,
    }
}

fn open_blocking(
    key: FileKey,
    path: PathBuf,
    accept: Accept,
    options: &OpenOptions,
) -> Result<OpenFile, Error> {
    // Before it is opened, which a named pipe without a writer would hold up for ever.
    let found = fs::metadata(&path).map_err(|error| open_error(&path, error))?;
    let acceptable = match accept {
        Accept::RegularFiles => found.is_file(),
        Accept::AnythingToRead => !found.is_dir(),
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

/// Says whether it is the file or its folder that is missing.
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

/// A regular file, whose end counts only if it is still the file that was opened.
///
/// An upload in place (cp, scp, sftp) shows a growing file under the final name, and may rewrite
/// one that is being read. The size alone does not tell: a file may be rewritten with as many
/// bytes, or another one be put in its place.
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
        // Else a file that grows as fast as it is read would be read for ever.
        if self.received > self.opened.len() {
            return Err(self.changed("it grew while it was read".to_owned()));
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
                Err(self.changed("another file has taken its place".to_owned()))
            }
            Ok(_) => Ok(()),
            // Removed, and read to its end all the same: a whole file.
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

/// Elsewhere the standard library does not tell files apart but by what they look like.
#[cfg(not(unix))]
fn is_same_file(opened: &Metadata, at_path: &Metadata) -> bool {
    opened.len() == at_path.len() && opened.modified().ok() == at_path.modified().ok()
}
