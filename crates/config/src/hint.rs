//! Names the flag, variable or command that fixes an error.
//!
//! The libraries do not know them: their errors say which setting is wrong.

use std::error::Error;

use cusip_jobs::error_chain;
use cusip_source::Setting;

use crate::aws;
use crate::error::Error as ConfigError;
use crate::invalid_database::InvalidDatabase;

/// Returns the messages of an error and its causes, followed by its [`hint`] if it has one.
#[must_use]
pub fn message_with_hint(error: &(dyn Error + 'static)) -> String {
    let text = error_chain(error);
    match hint(error) {
        Some(hint) => format!("{text}; {hint}"),
        None => text,
    }
}

/// Returns the flag, variable or command that fixes an error or one of its causes.
#[must_use]
pub fn hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        let hint = (error.downcast_ref().and_then(load_hint))
            .or_else(|| error.downcast_ref().and_then(database_hint))
            .or_else(|| error.downcast_ref().and_then(connection_hint))
            .or_else(|| error.downcast_ref().and_then(source_hint))
            .or_else(|| error.downcast_ref().and_then(embedded_hint))
            .or_else(|| aws::hint(error));
        if hint.is_some() {
            return hint;
        }
        next = wrapped(error).or_else(|| error.source());
    }
    None
}

/// Returns the error in a transparent variant of ours.
///
/// The `source` of a transparent error is not the error in it, but that error's source.
fn wrapped<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(error) = error.downcast_ref() {
        return match error {
            cusip_loader::Error::Source(error) => Some(error),
            cusip_loader::Error::Database(error) => Some(error),
            _ => None,
        };
    }
    if let Some(error) = error.downcast_ref() {
        return match error {
            cusip_postgres::Error::Connection(error) => Some(error),
            _ => None,
        };
    }
    if let Some(error) = error.downcast_ref() {
        return match error {
            InvalidDatabase::Credentials(error) => Some(&**error),
            InvalidDatabase::Encryption(error) => Some(error),
            _ => None,
        };
    }
    match error.downcast_ref()? {
        ConfigError::Source(error) => Some(error),
        ConfigError::Embedded(error) => Some(error),
        ConfigError::Database(error) => Some(error),
        ConfigError::Settings(error) => Some(error),
        _ => None,
    }
}

fn load_hint(error: &cusip_loader::Error) -> Option<&'static str> {
    match error {
        cusip_loader::Error::UnknownKind(_) => {
            Some("name the kind of file with --type (issuer, issue or issue_attr)")
        }
        _ => None,
    }
}

fn database_hint(error: &cusip_postgres::Error) -> Option<&'static str> {
    match error {
        cusip_postgres::Error::NotMigrated { .. } => {
            Some("run `cusip migrate` with the same database options, then try again")
        }
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
        Error::ForeignFolder { .. } | Error::Unreachable { .. } | Error::NoHomeFolder => {
            Some("--embedded=DIR (CUSIP_EMBEDDED) names the data folder")
        }
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
        let wrapped: [Box<dyn Error>; 5] = [
            Box::new(error()),
            Box::new(cusip_postgres::Error::from(error())),
            Box::new(cusip_loader::Error::from(cusip_postgres::Error::from(
                error(),
            ))),
            Box::new(InvalidDatabase::from(error())),
            Box::new(ConfigError::from(InvalidDatabase::from(error()))),
        ];
        for error in wrapped {
            let hint = hint(&*error).unwrap();
            assert!(hint.starts_with("--sslrootcert"), "{hint}");
        }
    }

    #[test]
    fn hint_follows_the_error_and_its_causes() {
        let not_migrated = cusip_postgres::Error::NotMigrated {
            place: "cusip".to_owned(),
            pending: 2,
            known: 5,
        };
        let message = message_with_hint(&cusip_loader::Error::from(not_migrated));
        let expected = "the database cusip is missing 2 of 5 migrations; run `cusip migrate` with the \
                        same database options, then try again";
        assert_eq!(message, expected);
        assert_eq!(
            message_with_hint(&cusip_loader::Error::Cancelled),
            "the load was canceled; nothing was loaded"
        );
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
