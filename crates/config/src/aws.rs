//! Everything that the settings need from AWS. A build without the feature `aws` has
//! `without_aws.rs` in this module's place.

use std::error::Error as StdError;
use std::sync::Arc;

use cusip_aws::{SecretCredentials, TokenCredentials};
use cusip_connect::CredentialSource;
use cusip_source::{FileSource, S3Bucket, S3Options};

use crate::error::Error;
use crate::files::BucketSettings;
use crate::invalid_database::InvalidDatabase;

/// Returns the bucket that the settings name, with keys that start with its prefix.
pub(crate) async fn bucket(settings: &BucketSettings) -> Result<Arc<dyn FileSource>, Error> {
    Ok(Arc::new(open(settings).await?))
}

/// Returns the bucket that the settings name, with whole keys.
pub(crate) async fn bucket_root(settings: &BucketSettings) -> Result<Arc<dyn FileSource>, Error> {
    Ok(Arc::new(open(settings).await?.at_root()))
}

/// Returns the bucket that the settings name, to write objects below its prefix.
///
/// # Errors
///
/// [`Error::Source`] if the settings are invalid.
pub async fn output_bucket(settings: &BucketSettings) -> Result<S3Bucket, Error> {
    open(settings).await
}

/// Returns the database credentials of a secret, which is not read yet.
pub(crate) async fn secret(
    name: &str,
    region: Option<String>,
) -> Result<Arc<dyn CredentialSource>, InvalidDatabase> {
    let credentials = SecretCredentials::new(name, region).await;
    match credentials {
        Ok(credentials) => Ok(Arc::new(credentials)),
        Err(error) => Err(InvalidDatabase::Credentials(error.into())),
    }
}

/// Returns a source of RDS tokens for a user of a server.
pub(crate) async fn tokens(
    host: &str,
    port: u16,
    user: &str,
) -> Result<Arc<dyn CredentialSource>, InvalidDatabase> {
    let credentials = TokenCredentials::new(host, port, user).await;
    match credentials {
        Ok(credentials) => Ok(Arc::new(credentials)),
        Err(error) => Err(InvalidDatabase::Credentials(error.into())),
    }
}

/// Returns which option or variable to set, if the error is about a secret's settings.
pub(crate) fn hint(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    match error.downcast_ref()? {
        cusip_aws::Error::Unreadable { .. } | cusip_aws::Error::NoRegion { .. } => Some(
            "--secret-arn (CUSIP_DB_SECRET_ARN) names the secret, --secret-region (CUSIP_DB_SECRET_REGION) its region",
        ),
        _ => None,
    }
}

async fn open(settings: &BucketSettings) -> Result<S3Bucket, Error> {
    let mut options = S3Options::new(&settings.bucket).with_prefix(&settings.prefix);
    if let Some(region) = &settings.region {
        options = options.with_region(region);
    }
    if let Some(endpoint) = &settings.endpoint {
        options = options.with_endpoint(endpoint);
    }
    Ok(S3Bucket::new(options).await?)
}
