//! Folders and buckets that commands write to.

use std::path::Path;

#[cfg(feature = "aws")]
use cusip_config::{BucketSettings, output_bucket};
use cusip_lake::Store;
#[cfg(feature = "aws")]
use cusip_source::UploadOptions;

use crate::arguments::OutputBucketArguments;
#[cfg(not(feature = "aws"))]
use crate::exit::UsageError;

/// Returns the folder or the bucket that `--to` names.
pub(super) async fn output_store(
    to: &Path,
    bucket: &OutputBucketArguments,
    may_replace: bool,
) -> anyhow::Result<Store> {
    match bucket_address(to) {
        Some(address) => bucket_store(address, bucket, may_replace).await,
        None => Ok(Store::folder(to, may_replace)),
    }
}

/// Returns what follows `s3://`, if `--to` names a bucket.
pub(super) fn bucket_address(to: &Path) -> Option<&str> {
    to.to_str()?.strip_prefix("s3://")
}

#[cfg(feature = "aws")]
async fn bucket_store(
    address: &str,
    arguments: &OutputBucketArguments,
    may_replace: bool,
) -> anyhow::Result<Store> {
    let (name, prefix) = address.split_once('/').unwrap_or((address, ""));
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let mut settings = BucketSettings::new(name, prefix);
    settings.region = given(&arguments.s3_region);
    settings.endpoint = given(&arguments.s3_endpoint);
    let mut options = UploadOptions::default();
    options.may_replace = may_replace;
    options.kms_key = given(&arguments.s3_kms_key);
    options.bucket_owner = given(&arguments.s3_bucket_owner);
    Ok(Store::bucket(output_bucket(&settings).await?, options))
}

#[cfg(not(feature = "aws"))]
async fn bucket_store(address: &str, _: &OutputBucketArguments, _: bool) -> anyhow::Result<Store> {
    let problem = format!(
        "this cusip was built without AWS, so it cannot write to s3://{address}; name a folder"
    );
    Err(UsageError(problem).into())
}
