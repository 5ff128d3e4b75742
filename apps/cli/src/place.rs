//! Objects of a bucket that are named one by one.

use std::sync::Arc;

use cusip_config::{BucketSettings, FileSettings, bucket_root};
use cusip_loader::Input;
use cusip_pif::FileKind;
use cusip_source::{FileKey, FileMeta, OpenOptions};

use crate::command::with_type_flag;
use crate::exit::UsageError;

const NO_BUCKET: &str = "--s3-key needs --s3-bucket, or CUSIP_FILE_SOURCE=s3 with CUSIP_S3_BUCKET";

/// Names objects of the bucket by their whole keys.
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
        let key = FileKey::new(whole_key(settings, key)?)?;
        let input = Input::from_source(Arc::clone(&source), key, kind).await;
        inputs.push(input.map_err(with_type_flag)?);
    }
    Ok(inputs)
}

/// Opens an object by its whole key, and tells what it is.
pub(crate) async fn object(settings: &FileSettings, key: &str) -> anyhow::Result<FileMeta> {
    let FileSettings::Bucket(settings) = settings else {
        return Err(UsageError(NO_BUCKET.to_owned()).into());
    };
    let source = bucket_root(settings).await?;
    let key = FileKey::new(whole_key(settings, key)?)?;
    let opened = source.open(&key, OpenOptions::default()).await?;
    Ok(opened.meta)
}

/// Takes a key as S3's own tools write it, `s3://bucket/key`, for the key.
fn whole_key<'a>(settings: &BucketSettings, key: &'a str) -> anyhow::Result<&'a str> {
    let Some(rest) = key.strip_prefix("s3://") else {
        return Ok(key);
    };
    match rest.split_once('/') {
        Some((name, key)) if name == settings.bucket => Ok(key),
        _ => {
            let bucket = &settings.bucket;
            let problem = format!(
                "--s3-key {key:?} is in another bucket than {bucket:?}; name the bucket by --s3-bucket, and the key alone"
            );
            Err(UsageError(problem).into())
        }
    }
}
