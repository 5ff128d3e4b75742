//! Local files, which have a temporary name until they are complete.

use std::fs::{self, File};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

const PREFIX: &str = ".cusip-";
const SUFFIX: &str = ".part";

/// A file that has a temporary name until it is complete. It is deleted unless it is [kept](Self::keep).
#[derive(Debug)]
pub struct PartFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl PartFile {
    /// Creates a file next to the path that it should get. The folder must exist.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the folder cannot be written to.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        // By default, only its owner can read a temporary file, even after it is renamed.
        #[cfg(unix)]
        builder.permissions(fs::Permissions::from_mode(0o666));
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        match builder.tempfile_in(folder) {
            Ok(file) => Ok(Self { file, path }),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    /// Returns whether a name is the temporary one of a file.
    #[cfg(feature = "parquet")]
    pub(crate) fn is_name(name: &str) -> bool {
        name.starts_with(PREFIX) && name.ends_with(SUFFIX)
    }

    /// Returns the path that the file should get.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file to write to it.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if it cannot be opened.
    pub fn open(&self) -> Result<File, Error> {
        self.file.reopen().map_err(|source| self.failed(source))
    }

    /// Gives the file its name, after its content is on disk, and returns the path.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] if there is a file of that name that may not be replaced, [`Error::Write`] if it
    /// cannot be renamed.
    pub fn keep(self, may_replace: bool) -> Result<PathBuf, Error> {
        let synchronized = self.file.as_file().sync_all();
        synchronized.map_err(|source| self.failed(source))?;
        let Self { file, path } = self;
        let named = match may_replace {
            true => file.persist(&path),
            false => file.persist_noclobber(&path),
        };
        match named {
            Ok(_) => Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::Exists { path })
            }
            Err(error) => Err(Error::Write {
                path,
                source: error.error,
            }),
        }
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Write {
            path: self.path.clone(),
            source,
        }
    }
}
