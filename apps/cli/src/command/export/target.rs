//! Where exported files go.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
#[cfg(feature = "aws")]
use cusip_config::{BucketSettings, output_bucket};
use cusip_lake::{Format, PartFile};
use cusip_postgres::Relation;
#[cfg(feature = "aws")]
use cusip_source::{FileKey, S3Bucket, S3Upload, UploadOptions};

use crate::arguments::ExportArguments;
use crate::command::STANDARD_OUTPUT;
use crate::exit::UsageError;
use crate::output::Output;

/// Where all files go.
pub(super) struct Destination {
    place: Place,
    format: Format,
    may_replace: bool,
}

enum Place {
    Folder(PathBuf),
    #[cfg(feature = "aws")]
    Bucket(S3Bucket, UploadOptions),
    StandardOutput,
}

/// Where one file goes.
pub(super) enum Target {
    File {
        part: PartFile,
        file: File,
        may_replace: bool,
    },
    #[cfg(feature = "aws")]
    Object(Box<S3Upload>),
    StandardOutput,
}

impl Destination {
    pub(super) async fn new(arguments: &ExportArguments, format: Format) -> anyhow::Result<Self> {
        let relations = &arguments.relations;
        for (index, relation) in relations.iter().enumerate() {
            if relations[..index].contains(relation) {
                return Err(UsageError(format!("{relation} is named twice")).into());
            }
        }
        let address = (arguments.to.to_str()).and_then(|to| to.strip_prefix("s3://"));
        if let Some(address) = address {
            let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
            return Self::bucket(arguments, bucket, prefix, format).await;
        }
        if arguments.to.as_path() != STANDARD_OUTPUT {
            return Self::folder(arguments, format);
        }
        if relations.len() > 1 {
            let problem = "--to - takes only one view; name a folder";
            return Err(UsageError(problem.to_owned()).into());
        }
        Ok(Self {
            place: Place::StandardOutput,
            format,
            may_replace: arguments.force,
        })
    }

    /// Creates the folder, and refuses files that exist before any row is read.
    fn folder(arguments: &ExportArguments, format: Format) -> anyhow::Result<Self> {
        let folder = arguments.to.clone();
        for relation in &arguments.relations {
            let path = path(&folder, *relation, format);
            if !arguments.force && path.exists() {
                bail!(
                    "{:?} already exists; name another folder, or overwrite it with --force",
                    path.display()
                );
            }
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create the folder {:?}", folder.display()))?;
        Ok(Self {
            place: Place::Folder(folder),
            format,
            may_replace: arguments.force,
        })
    }

    #[cfg(feature = "aws")]
    async fn bucket(
        arguments: &ExportArguments,
        bucket: &str,
        prefix: &str,
        format: Format,
    ) -> anyhow::Result<Self> {
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let mut settings = BucketSettings::new(bucket, prefix);
        settings.region = given(&arguments.bucket.s3_region);
        settings.endpoint = given(&arguments.bucket.s3_endpoint);
        let mut options = UploadOptions::default();
        options.may_replace = arguments.force;
        options.kms_key = given(&arguments.bucket.s3_kms_key);
        options.bucket_owner = given(&arguments.bucket.s3_bucket_owner);
        Ok(Self {
            place: Place::Bucket(output_bucket(&settings).await?, options),
            format,
            may_replace: arguments.force,
        })
    }

    #[cfg(not(feature = "aws"))]
    async fn bucket(_: &ExportArguments, bucket: &str, _: &str, _: Format) -> anyhow::Result<Self> {
        let problem = format!(
            "this cusip was built without AWS, so it cannot write to s3://{bucket}; name a folder"
        );
        Err(UsageError(problem).into())
    }

    pub(super) const fn is_standard_output(&self) -> bool {
        matches!(self.place, Place::StandardOutput)
    }

    /// Opens the file of a view or table.
    pub(super) fn target(&self, relation: Relation) -> anyhow::Result<Target> {
        match &self.place {
            Place::StandardOutput => Ok(Target::StandardOutput),
            #[cfg(feature = "aws")]
            Place::Bucket(bucket, options) => {
                let key = FileKey::new(format!("{relation}.{}", self.format))?;
                let upload = bucket.upload(&key, options.clone());
                Ok(Target::Object(Box::new(upload)))
            }
            Place::Folder(folder) => {
                let part = PartFile::create(path(folder, relation, self.format))?;
                let file = part.open()?;
                Ok(Target::File {
                    part,
                    file,
                    may_replace: self.may_replace,
                })
            }
        }
    }

    /// Prints a line about a file, where it does not mix with exported rows.
    pub(super) fn report(&self, output: &Output, text: &str) -> anyhow::Result<()> {
        if self.is_standard_output() {
            output.message(text);
            return Ok(());
        }
        output.text(text)
    }
}

impl Target {
    pub(super) async fn write(&mut self, bytes: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::File { part, file, .. } => (file.write_all(&bytes))
                .with_context(|| format!("cannot write {:?}", part.path().display())),
            #[cfg(feature = "aws")]
            Self::Object(upload) => Ok(upload.write(&bytes).await?),
            Self::StandardOutput => {
                (io::stdout().lock().write_all(&bytes)).context("cannot write to standard output")
            }
        }
    }

    /// Deletes what was written so far.
    pub(super) async fn discard(self) {
        match self {
            #[cfg(feature = "aws")]
            Self::Object(upload) => upload.abort().await,
            _ => {}
        }
    }

    /// Gives the file its name, and returns it for people.
    pub(super) async fn finish(self) -> anyhow::Result<String> {
        match self {
            Self::File {
                part, may_replace, ..
            } => Ok(part.keep(may_replace)?.display().to_string()),
            #[cfg(feature = "aws")]
            Self::Object(upload) => match upload.complete().await {
                Err(error @ cusip_source::Error::AlreadyExists { .. }) => {
                    bail!("{error} with --force")
                }
                completed => Ok(completed?),
            },
            Self::StandardOutput => {
                io::stdout()
                    .lock()
                    .flush()
                    .context("cannot write to standard output")?;
                Ok("standard output".to_owned())
            }
        }
    }
}

fn path(folder: &Path, relation: Relation, format: Format) -> PathBuf {
    folder.join(format!("{relation}.{format}"))
}
