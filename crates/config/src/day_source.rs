//! Where the files of a day come from.

use std::sync::Arc;

use cusip_source::{FileSource, LocalFolder};

use crate::aws;
use crate::error::Error;
use crate::files::{BucketSettings, FileSettings};

/// What to do if a bucket is set, but files are read from a folder.
pub const USE_BUCKET: &str = "set CUSIP_FILE_SOURCE=s3 to look in the bucket";

/// Returns the source that holds the files of a day.
///
/// # Errors
///
/// [`Error::Source`] if the bucket's settings are invalid, [`Error::NoAws`] if this build cannot
/// read buckets.
pub async fn day_source(settings: &FileSettings) -> Result<Arc<dyn FileSource>, Error> {
    if settings.ignores_bucket() {
        tracing::warn!("CUSIP_S3_BUCKET is set, but files are read from a folder; {USE_BUCKET}");
    }
    match settings {
        FileSettings::Bucket(settings) => aws::bucket(settings).await,
        FileSettings::Folder(folder) => Ok(Arc::new(LocalFolder::new(folder))),
    }
}

/// Returns the bucket that the settings name, as a source whose keys are whole keys of the bucket:
/// they include the prefix.
///
/// # Errors
///
/// Same as [`day_source`].
pub async fn bucket_root(settings: &BucketSettings) -> Result<Arc<dyn FileSource>, Error> {
    aws::bucket_root(settings).await
}
