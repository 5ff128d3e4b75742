//! Names our flags and variables for the settings that an error of a library is about.

use std::error::Error;

use cusip_source::Setting;

use crate::aws;
use crate::error::Error as ConfigError;
use crate::invalid_database::InvalidDatabase;

/// Returns which flag or variable to set, if the error is about a setting.
///
/// Looks at this error only, not at its causes.
#[must_use]
pub fn hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref() {
        return source_hint(error);
    }
    if let Some(InvalidDatabase::Credentials(error)) = error.downcast_ref() {
        return aws::hint(&**error);
    }
    if let Some(hint) = aws::hint(error) {
        return Some(hint);
    }
    match error.downcast_ref()? {
        ConfigError::Source(error) => source_hint(error),
        ConfigError::Embedded(error) => embedded_hint(error),
        ConfigError::Settings(InvalidDatabase::Credentials(error)) => aws::hint(&**error),
        _ => None,
    }
}

fn source_hint(error: &cusip_source::Error) -> Option<&'static str> {
    match error.setting()? {
        Setting::Bucket => Some("--s3-bucket (CUSIP_S3_BUCKET) sets the bucket"),
        Setting::Region => Some("--s3-region (CUSIP_S3_REGION) sets the region"),
        Setting::Endpoint => Some("--s3-endpoint (CUSIP_S3_ENDPOINT) sets the endpoint"),
        _ => None,
    }
}

fn embedded_hint(error: &cusip_embedded::Error) -> Option<&'static str> {
    use cusip_embedded::Error;
    match error {
        Error::NotInstalled { .. }
        | Error::InvalidBinaries { .. }
        | Error::TooOld { .. }
        | Error::OtherVersion { .. } => {
            Some("CUSIP_POSTGRES_BIN names the folder of PostgreSQL's programs")
        }
        Error::InUse { .. }
        | Error::ForeignFolder { .. }
        | Error::Unreachable { .. }
        | Error::NoHomeFolder => Some("--embedded DIR names the data folder"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_about_the_region_names_its_flag() {
        let location = "s3://bucket".to_owned();
        let error = ConfigError::from(cusip_source::Error::NoRegion { location });
        let expected = "--s3-region (CUSIP_S3_REGION) sets the region";
        assert_eq!(hint(&error), Some(expected));
    }

    #[test]
    fn error_about_the_server_names_its_variable() {
        let error = ConfigError::from(cusip_embedded::Error::InvalidBinaries {
            folder: "/nonexistent".into(),
        });
        let expected = "CUSIP_POSTGRES_BIN names the folder of PostgreSQL's programs";
        assert_eq!(hint(&error), Some(expected));
    }
}
