//! Buckets of Amazon S3, and of servers that speak its protocol.

mod blocks;
mod connection;
mod content_range;
mod credentials;
mod listing;
mod object;
mod options;
mod read_ahead;
mod refusal;

use std::{fmt, sync::Arc};

pub use self::options::S3Options;
use self::{connection::Connection, object::Object};
use crate::{
    Error, FileKey, FileMeta, FileSource, ListOptions, OpenFile, OpenOptions, SourceFuture,
};

/// A folder of an S3 bucket, as a source.
///
/// - **Keys** are relative to the prefix, and locations are the whole `s3://bucket/key`. For a key
///   as AWS shows it, whole, take [`at_root`](Self::at_root). Listings have the objects of the
///   folder itself, not those of "folders" in it; opening reaches those too.
/// - **Credentials** are found the way the AWS command line finds them: environment, profile (with
///   SSO, roles or a process), web identity, ECS task role, EC2 instance. They are looked for with
///   the first request, and again when they are about to expire.
/// - **Region**: a bucket that is elsewhere than in the region that is set is asked there, with a
///   warning in the log.
/// - **Reading** is in parts of a few MiB, some ahead of the caller, each taken in at once and kept
///   in memory until the caller comes for it: a slow caller holds up no connection. A part that
///   breaks off or stalls is resumed at the byte where it stopped, until
///   [`S3Options::tries`] in a row bring no further byte.
/// - **One version**: every request after the first carries the entity tag of the first answer
///   (`If-Match`), so an object that is replaced while it is read is [`Error::Changed`].
///
/// It needs the runtime tokio, with its clock and its network. A clone shares connections and
/// credentials. The permissions are `s3:ListBucket` for listing, and `s3:GetObject` for opening.
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
    /// Empty, or ending with a slash.
    prefix: String,
}

impl S3Bucket {
    /// Prepares to use a bucket. Nothing is asked of it yet, and no credentials are looked for.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSetting`] for options that cannot be used, [`Error::NoRegion`] when the
    /// options name no region, nor does the environment or the profile.
    pub fn new(options: S3Options) -> SourceFuture<'static, Result<Self, Error>> {
        Box::pin(async move {
            let prefix = options.key_prefix();
            let connection = Arc::new(Connection::new(options).await?);
            Ok(Self { connection, prefix })
        })
    }

    /// The same bucket without the prefix: its keys are the whole keys.
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
        let place = format!("{}/{}", self.connection.bucket_location, self.prefix);
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
