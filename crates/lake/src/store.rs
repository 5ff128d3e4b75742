//! Where files are written: a folder or a bucket.

#[cfg(feature = "parquet")]
mod reading;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[cfg(feature = "s3")]
use cusip_source::{FileKey, S3Bucket, S3Upload, UploadOptions};

use crate::error::Error;
use crate::part_file::PartFile;

/// A folder or a bucket that files are written to. Files have keys, such as `issue/job-7.parquet`.
///
/// A file appears only when it is complete. Clones write to the same place.
#[derive(Debug, Clone)]
pub struct Store {
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Folder {
        path: PathBuf,
        may_replace: bool,
    },
    #[cfg(feature = "s3")]
    Bucket(S3Bucket, UploadOptions),
}

/// A file that is being written. It is deleted unless it is [finished](Self::finish).
#[derive(Debug)]
pub struct Sink {
    target: Target,
}

#[derive(Debug)]
enum Target {
    File {
        part: PartFile,
        file: File,
        may_replace: bool,
    },
    #[cfg(feature = "s3")]
    Object(Box<S3Upload>),
}

impl Store {
    /// Returns a folder, which need not exist yet.
    #[must_use]
    pub fn folder(path: impl Into<PathBuf>, may_replace: bool) -> Self {
        let path = path.into();
        Self {
            place: Place::Folder { path, may_replace },
        }
    }

    /// Returns the part of a bucket below its prefix.
    #[cfg(feature = "s3")]
    #[must_use]
    pub const fn bucket(bucket: S3Bucket, options: UploadOptions) -> Self {
        Self {
            place: Place::Bucket(bucket, options),
        }
    }

    /// Begins to write a file, after creating its folder.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the folder cannot be written to.
    pub fn begin(&self, key: &str) -> Result<Sink, Error> {
        let target = match &self.place {
            Place::Folder { path, may_replace } => {
                let path = path.join(key);
                if let Some(folder) = path.parent() {
                    create_folder(folder)?;
                }
                let part = PartFile::create(path)?;
                Target::File {
                    file: part.open()?,
                    part,
                    may_replace: *may_replace,
                }
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket, options) => {
                let upload = bucket.upload(&FileKey::new(key)?, options.clone());
                Target::Object(Box::new(upload))
            }
        };
        Ok(Sink { target })
    }
}

impl Sink {
    /// Appends bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], or why the bucket does not take them.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.target {
            Target::File { part, file, .. } => {
                file.write_all(bytes).map_err(|source| Error::Write {
                    path: part.path().to_owned(),
                    source,
                })
            }
            #[cfg(feature = "s3")]
            Target::Object(upload) => Ok(upload.write(bytes).await?),
        }
    }

    /// Gives the file its name, and returns its location.
    ///
    /// # Errors
    ///
    /// Same as [`write`](Self::write), and an error that [`is_exists`](Error::is_exists) if there is a file of
    /// that name that may not be replaced.
    pub async fn finish(self) -> Result<String, Error> {
        match self.target {
            Target::File {
                part, may_replace, ..
            } => Ok(part.keep(may_replace)?.display().to_string()),
            #[cfg(feature = "s3")]
            Target::Object(upload) => Ok(upload.complete().await?),
        }
    }

    /// Deletes what was written so far.
    pub async fn discard(self) {
        match self.target {
            Target::File { .. } => {}
            #[cfg(feature = "s3")]
            Target::Object(upload) => upload.abort().await,
        }
    }
}

fn create_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Write {
        path: folder.to_owned(),
        source,
    })
}
