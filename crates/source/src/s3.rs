//! Buckets in Amazon S3 and on S3-compatible servers.

mod blocks;
mod connection;
mod content_range;
mod error;
mod listing;
mod object;
mod options;
mod read_ahead;
mod request;
mod target;
mod upload;

use std::{fmt, sync::Arc};

pub use self::options::S3Options;
pub use self::upload::{S3Upload, UploadOptions};
use self::{connection::Connection, object::Object};
use crate::{
    Error, FileKey, FileMeta, FileSource, ListOptions, OpenFile, OpenOptions, SourceFuture,
};

/// A folder in an S3 bucket, as a source.
///
/// - **Keys** are relative to the prefix; locations are full URIs, `s3://bucket/key`. To open an
///   object by its full key, use [`at_root`](Self::at_root). A listing has only the objects in the
///   folder itself, but objects in its subfolders can be opened.
/// - **Credentials** are found the way the AWS command line finds them: environment, profile (with
///   SSO, roles or a process), web identity, ECS task role, EC2 instance. They are loaded with the
///   first request and again before they expire.
/// - **Region.** If the bucket is in a region other than the configured one, requests go to the
///   bucket's region, with a warning in the log.
/// - **Reading.** An object is read in parts of 4 MiB, two ahead of the caller. Each part is received
///   at full speed and kept in memory, so a slow caller never blocks a connection. A part that breaks
///   off or stalls is resumed where it stopped; five attempts in a row without a new byte end the
///   read.
/// - **One version.** Every request carries the entity tag of the first response (`If-Match`). If the
///   object is replaced during the read, the result is [`Error::Changed`].
///
/// Methods need a tokio runtime with time and I/O enabled. Clones share connections and credentials.
/// Listing needs the permission `s3:ListBucket`, opening `s3:GetObject`.
///
/// ```no_run
/// use cusip_source::{FileSourceExt, S3Bucket, S3Options};
///
/// # async fn example() -> Result<(), cusip_source::Error> {
/// let options = S3Options::new("cusip-pif-files-shared").with_prefix("pif/");
/// let bucket = S3Bucket::new(options).await?;
/// for file in bucket.list_named("CED07-02").await? {
///     println!("{} {:?}", file.location, file.size);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct S3Bucket {
    connection: Arc<Connection>,
    /// Empty, or ends with a slash.
    prefix: String,
}

impl S3Bucket {
    /// Creates a source for a bucket, without sending a request or loading credentials.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSetting`] for an invalid bucket name or endpoint, [`Error::InvalidAws`] for
    /// invalid AWS settings in the environment or profile, [`Error::NoRegion`] if no region is set in
    /// the options, the environment or the profile.
    pub fn new(options: S3Options) -> SourceFuture<'static, Result<Self, Error>> {
        Box::pin(async move {
            let prefix = options.key_prefix();
            let connection = Arc::new(Connection::new(options).await?);
            Ok(Self { connection, prefix })
        })
    }

    /// Returns the same bucket without the prefix, so that keys are full keys.
    ///
    /// ```no_run
    /// use cusip_source::{FileKey, FileSourceExt, S3Bucket};
    ///
    /// # async fn example(bucket: S3Bucket) -> Result<(), cusip_source::Error> {
    /// let key = FileKey::new("pif/CED01-15R.PIP")?;
    /// let content = bucket.at_root().read(&key).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn at_root(&self) -> Self {
        Self {
            connection: Arc::clone(&self.connection),
            prefix: String::new(),
        }
    }
}

impl S3Bucket {
    /// Returns a folder below this one, to list its objects.
    #[must_use]
    pub fn folder(&self, name: &str) -> Self {
        Self {
            connection: Arc::clone(&self.connection),
            prefix: format!("{}{}/", self.prefix, name.trim_matches('/')),
        }
    }

    /// Begins to write an object, without sending a request yet.
    ///
    /// ```no_run
    /// use cusip_source::{FileKey, S3Bucket, UploadOptions};
    ///
    /// # async fn example(bucket: S3Bucket) -> Result<(), cusip_source::Error> {
    /// let key = FileKey::new("securities.csv")?;
    /// let mut upload = bucket.upload(&key, UploadOptions::default());
    /// upload.write(b"cusip\n037833100\n").await?;
    /// println!("wrote {}", upload.complete().await?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn upload(&self, key: &FileKey, options: UploadOptions) -> S3Upload {
        let key = format!("{}{key}", self.prefix);
        S3Upload::new(Arc::clone(&self.connection), key, options)
    }
}

impl FileSource for S3Bucket {
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        Box::pin(async move { listing::list(&self.connection, &self.prefix, &options).await })
    }

    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        Box::pin(async move {
            let connection = Arc::clone(&self.connection);
            let (object, first) = Object::open(connection, &self.prefix, key, &options).await?;
            let meta = object.meta.clone();
            Ok(OpenFile::new(meta, read_ahead::start(object, first)))
        })
    }
}

impl fmt::Display for S3Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format!("{}/{}", self.connection.target.location, self.prefix);
        formatter.write_str(place.trim_end_matches('/'))
    }
}

impl fmt::Debug for S3Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("S3Bucket")
            .field("prefix", &self.prefix)
            .field("options", &self.connection.options)
            .finish_non_exhaustive()
    }
}
