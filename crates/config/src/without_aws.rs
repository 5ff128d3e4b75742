//! Stands in for `aws.rs` in a build without the feature `aws`: every setting that needs AWS ends in
//! an error that says so.

use std::error::Error as StdError;
use std::sync::Arc;

use cusip_connect::CredentialSource;
use cusip_source::FileSource;

use crate::error::{Error, NoAwsSupport};
use crate::files::BucketSettings;
use crate::invalid_database::InvalidDatabase;

pub(crate) async fn bucket(settings: &BucketSettings) -> Result<Arc<dyn FileSource>, Error> {
    bucket_root(settings).await
}

pub(crate) async fn bucket_root(settings: &BucketSettings) -> Result<Arc<dyn FileSource>, Error> {
    let setting = format!("the S3 bucket {:?}", settings.bucket);
    Err(NoAwsSupport { setting }.into())
}

pub(crate) async fn secret(
    name: &str,
    _: Option<String>,
) -> Result<Arc<dyn CredentialSource>, InvalidDatabase> {
    let setting = format!("the secret {name:?}");
    Err(InvalidDatabase::Credentials(
        NoAwsSupport { setting }.into(),
    ))
}

pub(crate) async fn tokens(
    _: &str,
    _: u16,
    _: &str,
) -> Result<Arc<dyn CredentialSource>, InvalidDatabase> {
    let setting = "CUSIP_DB_AUTH=iam".to_owned();
    Err(InvalidDatabase::Credentials(
        NoAwsSupport { setting }.into(),
    ))
}

pub(crate) fn hint(_: &(dyn StdError + 'static)) -> Option<&'static str> {
    None
}
