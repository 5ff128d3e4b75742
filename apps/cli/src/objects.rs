//! Objects of a bucket that are named by their keys.

use std::sync::Arc;

use cusip_config::{BucketSettings, FileSettings, bucket_root};
use cusip_loader::Input;
use cusip_pif::FileKind;
use cusip_source::{FileKey, FileMeta, OpenOptions};

use crate::exit::UsageError;

const NO_BUCKET: &str = "--s3-key needs --s3-bucket, or CUSIP_FILE_SOURCE=s3 with CUSIP_S3_BUCKET";

/// Returns the objects with these full keys as input of a load.
pub(crate) async fn objects(
    settings: &FileSettings,
    keys: &[String],
    kind: Option<FileKind>,
) -> anyhow::Result<Vec<Input>> {
    let FileSettings::Bucket(settings) = settings else {
        return Err(UsageError(NO_BUCKET.to_owned()).into());
    };
    let source = bucket_root(settings).await?;
    let mut inputs = Vec::with_capacity(keys.len());
    for key in keys {
        let key = FileKey::new(full_key(settings, key)?)?;
        inputs.push(Input::from_source(Arc::clone(&source), key, kind).await?);
    }
    Ok(inputs)
}

/// Opens an object by its full key, and returns its metadata.
pub(crate) async fn object(settings: &FileSettings, key: &str) -> anyhow::Result<FileMeta> {
    let FileSettings::Bucket(settings) = settings else {
        return Err(UsageError(NO_BUCKET.to_owned()).into());
    };
    let source = bucket_root(settings).await?;
    let key = FileKey::new(full_key(settings, key)?)?;
    let opened = source.open(&key, OpenOptions::default()).await?;
    Ok(opened.meta)
}

/// Returns the key, without the `s3://bucket/` that AWS tools put in front.
fn full_key<'a>(settings: &BucketSettings, key: &'a str) -> anyhow::Result<&'a str> {
    let Some(rest) = key.strip_prefix("s3://") else {
        return Ok(key);
    };
    match rest.split_once('/') {
        Some((name, key)) if name == settings.bucket => Ok(key),
        _ => {
            let bucket = &settings.bucket;
            let problem = format!(
                "--s3-key {key:?} is not in the bucket {bucket:?}; name its bucket with --s3-bucket"
            );
            Err(UsageError(problem).into())
        }
    }
}
