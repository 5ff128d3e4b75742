//! Where files come from, as the settings say.

use std::sync::Arc;

use cusip_loader::Input;
use cusip_pif::FileKind;
use cusip_settings::{BucketSettings, FileSettings};
use cusip_source::{FileKey, FileSource, LocalFolder, S3Bucket, S3Options};

use crate::exit::UsageError;

/// Returns the source that holds the files of days.
pub(crate) async fn day_source(settings: &FileSettings) -> anyhow::Result<Arc<dyn FileSource>> {
    Ok(match settings {
        FileSettings::Bucket(bucket) => Arc::new(S3Bucket::new(options(bucket)).await?),
        FileSettings::Folder(folder) => Arc::new(LocalFolder::new(folder)),
    })
}

/// Names objects of the bucket by their whole keys.
pub(crate) async fn objects(
    settings: &FileSettings,
    keys: &[String],
    kind: Option<FileKind>,
) -> anyhow::Result<Vec<Input>> {
    let FileSettings::Bucket(bucket) = settings else {
        let problem = "--s3-key needs --s3-bucket, or CUSIP_FILE_SOURCE=s3 with CUSIP_S3_BUCKET";
        return Err(UsageError(problem.to_owned()).into());
    };
    let source: Arc<dyn FileSource> = Arc::new(S3Bucket::new(options(bucket)).await?.at_root());
    let mut inputs = Vec::with_capacity(keys.len());
    for key in keys {
        let key = FileKey::new(key)?;
        inputs.push(Input::from_source(Arc::clone(&source), key, kind).await?);
    }
    Ok(inputs)
}

fn options(bucket: &BucketSettings) -> S3Options {
    let mut options = S3Options::new(&bucket.bucket).with_prefix(&bucket.prefix);
    if let Some(region) = &bucket.region {
        options = options.with_region(region);
    }
    if let Some(endpoint) = &bucket.endpoint {
        options = options.with_endpoint(endpoint);
    }
    options
}
