//! Where files come from, as the settings say.

use std::sync::Arc;

use cusip_settings::{BucketSettings, FileSettings};
use cusip_source::{FileSource, LocalFolder, S3Bucket, S3Options};

use crate::error::Error;

/// What to do where a bucket is set, but the files are looked for in a folder.
pub const USE_BUCKET: &str = "set CUSIP_FILE_SOURCE=s3 to look in the bucket";

/// Returns the source that holds the files of days.
///
/// # Errors
///
/// [`Error::Source`] if the bucket's settings cannot be meant.
pub async fn day_source(settings: &FileSettings) -> Result<Arc<dyn FileSource>, Error> {
    if settings.pass_over_a_bucket() {
        tracing::warn!(
            "CUSIP_S3_BUCKET is set, but the files are looked for in a folder; {USE_BUCKET}"
        );
    }
    Ok(match settings {
        FileSettings::Bucket(settings) => Arc::new(bucket(settings).await?),
        FileSettings::Folder(folder) => Arc::new(LocalFolder::new(folder)),
    })
}

/// Returns the bucket that the settings name.
///
/// # Errors
///
/// [`Error::Source`] if they cannot be meant.
pub async fn bucket(settings: &BucketSettings) -> Result<S3Bucket, Error> {
    let mut options = S3Options::new(&settings.bucket).with_prefix(&settings.prefix);
    if let Some(region) = &settings.region {
        options = options.with_region(region);
    }
    if let Some(endpoint) = &settings.endpoint {
        options = options.with_endpoint(endpoint);
    }
    Ok(S3Bucket::new(options).await?)
}
