//! Where files come from, as the settings say.

use std::sync::Arc;

use cusip_loader::Input;
use cusip_pif::FileKind;
use cusip_settings::{BucketSettings, FileSettings};
use cusip_source::{FileKey, FileMeta, FileSource, LocalFolder, OpenOptions, S3Bucket, S3Options};

use crate::exit::UsageError;

pub(crate) const USE_BUCKET: &str = "set CUSIP_FILE_SOURCE=s3 to look in the bucket";

const NO_BUCKET: &str = "--s3-key needs --s3-bucket, or CUSIP_FILE_SOURCE=s3 with CUSIP_S3_BUCKET";

/// Returns the source that holds the files of days.
pub(crate) async fn day_source(settings: &FileSettings) -> anyhow::Result<Arc<dyn FileSource>> {
    if settings.pass_over_a_bucket() {
        tracing::warn!(
            "CUSIP_S3_BUCKET is set, but the files are looked for in a folder; {USE_BUCKET}"
        );
    }
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
        return Err(UsageError(NO_BUCKET.to_owned()).into());
    };
    let source: Arc<dyn FileSource> = Arc::new(S3Bucket::new(options(bucket)).await?.at_root());
    let mut inputs = Vec::with_capacity(keys.len());
    for key in keys {
        let key = FileKey::new(whole_key(bucket, key)?)?;
        inputs.push(Input::from_source(Arc::clone(&source), key, kind).await?);
    }
    Ok(inputs)
}

/// Opens an object by its whole key, and tells what it is.
pub(crate) async fn object(settings: &FileSettings, key: &str) -> anyhow::Result<FileMeta> {
    let FileSettings::Bucket(bucket) = settings else {
        return Err(UsageError(NO_BUCKET.to_owned()).into());
    };
    let source = S3Bucket::new(options(bucket)).await?.at_root();
    let key = FileKey::new(whole_key(bucket, key)?)?;
    let opened = source.open(&key, OpenOptions::default()).await?;
    Ok(opened.meta)
}

/// Takes a key as S3's own tools write it, `s3://bucket/key`, for the key.
fn whole_key<'a>(bucket: &BucketSettings, key: &'a str) -> anyhow::Result<&'a str> {
    let Some(rest) = key.strip_prefix("s3://") else {
        return Ok(key);
    };
    match rest.split_once('/') {
        Some((name, key)) if name == bucket.bucket => Ok(key),
        _ => {
            let bucket = &bucket.bucket;
            let problem = format!(
                "--s3-key {key:?} is in another bucket than {bucket:?}; name the bucket by --s3-bucket, and the key alone"
            );
            Err(UsageError(problem).into())
        }
    }
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
