//! Reads what is in a folder or a bucket.

use std::fs::{self, File};
use std::io::{self, Read as _};
#[cfg(feature = "s3")]
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

#[cfg(feature = "s3")]
use cusip_source::{FileBody, FileKey, FileSource as _, ListOptions, OpenOptions};

use super::{Place, Store};
use crate::error::Error;
use crate::part_file::PartFile;

const CHUNK_BYTES: u64 = 1024 * 1024;

/// A file that is being read.
pub(crate) enum Reading {
    File {
        path: PathBuf,
        file: File,
    },
    #[cfg(feature = "s3")]
    Object(Box<FileBody>),
}

impl Store {
    /// Returns the location of a file, for people.
    pub(crate) fn location(&self, key: &str) -> String {
        match &self.place {
            Place::Folder { path, .. } => path.join(key).display().to_string(),
            #[cfg(feature = "s3")]
            Place::Bucket(bucket, _) => format!("{bucket}/{key}"),
        }
    }

    /// Writes a small file, and returns whether there was none of that key.
    pub(crate) async fn create(&self, key: &str, bytes: &[u8]) -> Result<bool, Error> {
        let mut sink = self.begin(key)?;
        sink.write(bytes).await?;
        match sink.finish().await {
            Ok(_) => Ok(true),
            Err(error) if error.is_exists() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns the names of the files in a folder, in order. A folder that does not exist has none.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<String>, Error> {
        match &self.place {
            Place::Folder { path, .. } => list_folder(&path.join(folder)),
            #[cfg(feature = "s3")]
            Place::Bucket(bucket, _) => {
                let found = bucket.folder(folder).list(ListOptions::new()).await?;
                let names = found.iter().map(|file| file.key.name().to_owned());
                Ok(names.collect())
            }
        }
    }

    /// Reads a small file, or returns `None` if it does not exist.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(mut reading) = self.open(key).await? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = reading.next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }

    /// Opens a file, or returns `None` if it does not exist.
    pub(crate) async fn open(&self, key: &str) -> Result<Option<Reading>, Error> {
        match &self.place {
            Place::Folder { path, .. } => {
                let path = path.join(key);
                match File::open(&path) {
                    Ok(file) => Ok(Some(Reading::File { path, file })),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(source) => Err(Error::Read { path, source }),
                }
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket, _) => {
                match bucket.open(&FileKey::new(key)?, OpenOptions::new()).await {
                    Ok(opened) => Ok(Some(Reading::Object(Box::new(opened.body)))),
                    Err(cusip_source::Error::ObjectNotFound { .. }) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

impl Reading {
    /// Returns the next bytes, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::File { path, file } => {
                let mut bytes = Vec::new();
                match file.take(CHUNK_BYTES).read_to_end(&mut bytes) {
                    Ok(0) => Ok(None),
                    Ok(_) => Ok(Some(bytes)),
                    Err(source) => Err(Error::Read {
                        path: path.clone(),
                        source,
                    }),
                }
            }
            #[cfg(feature = "s3")]
            Self::Object(body) => {
                let chunk = body.next_chunk().await?;
                Ok(chunk.map(|chunk| chunk.to_vec()))
            }
        }
    }

    /// Returns the whole file as one on this machine, so that its end can be read first.
    pub(crate) async fn into_file(self) -> Result<File, Error> {
        match self {
            Self::File { file, .. } => Ok(file),
            #[cfg(feature = "s3")]
            mut object @ Self::Object(_) => {
                let failed = |source| Error::Write {
                    path: std::env::temp_dir(),
                    source,
                };
                let mut file = tempfile::tempfile().map_err(failed)?;
                while let Some(chunk) = object.next().await? {
                    file.write_all(&chunk).map_err(failed)?;
                }
                file.rewind().map_err(failed)?;
                Ok(file)
            }
        }
    }
}

/// Returns the names of the files in a folder, without those that are not complete.
fn list_folder(folder: &Path) -> Result<Vec<String>, Error> {
    let failed = |source| Error::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_file = entry.file_type().map_err(failed)?.is_file();
        if is_file && !PartFile::is_name(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
