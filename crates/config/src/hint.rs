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
    if let Some(error) = error.downcast_ref() {
        return connection_hint(error);
    }
    if let Some(error) = error.downcast_ref() {
        return database_hint(error);
    }
    if let Some(error) = error.downcast_ref() {
        return settings_hint(error);
    }
    if let Some(hint) = aws::hint(error) {
        return Some(hint);
    }
    match error.downcast_ref()? {
        ConfigError::Source(error) => source_hint(error),
        ConfigError::Embedded(error) => embedded_hint(error),
        ConfigError::Database(error) => database_hint(error),
        ConfigError::Settings(error) => settings_hint(error),
        _ => None,
    }
}

fn settings_hint(error: &InvalidDatabase) -> Option<&'static str> {
    match error {
        InvalidDatabase::Credentials(error) => aws::hint(&**error),
        InvalidDatabase::Encryption(error) => connection_hint(error),
        _ => None,
    }
}

fn database_hint(error: &cusip_postgres::Error) -> Option<&'static str> {
    match error {
        cusip_postgres::Error::Connection(error) => connection_hint(error),
        _ => None,
    }
}

fn connection_hint(error: &cusip_connect::Error) -> Option<&'static str> {
    use cusip_connect::Setting;
    match error.setting()? {
        Setting::RootCertificates => {
            Some("--sslrootcert (CUSIP_DB_SSLROOTCERT) names the file of root certificates")
        }
        Setting::Credentials => Some(
            "CUSIP_DB_PASSWORD sets a password, CUSIP_DB_SECRET_ARN a secret, and CUSIP_DB_AUTH=iam uses tokens",
        ),
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
    fn error_about_root_certificates_names_their_flag() {
        use cusip_connect::{RootCertificates, SslMode, Tls};
        let roots = RootCertificates::named("/nowhere/root.crt");
        let error = || Tls::load(SslMode::VerifyFull, Some(&roots)).unwrap_err();
        let wrapped: [Box<dyn Error>; 4] = [
            Box::new(error()),
            Box::new(cusip_postgres::Error::from(error())),
            Box::new(InvalidDatabase::from(error())),
            Box::new(ConfigError::from(InvalidDatabase::from(error()))),
        ];
        for error in wrapped {
            let hint = hint(&*error).unwrap();
            assert!(hint.starts_with("--sslrootcert"), "{hint}");
        }
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
