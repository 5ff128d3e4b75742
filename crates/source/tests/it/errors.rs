//! Error messages.

use std::{error::Error as _, io};

use cusip_source::{Error, FileKey, Setting};

fn location() -> String {
    "/data/pif_files/CED07-02R.PIP".to_owned()
}

fn every_error() -> Vec<Error> {
    let cause = || io::Error::from(io::ErrorKind::TimedOut);
    vec![
        Error::FolderNotFound {
            location: location(),
        },
        Error::NotAFolder {
            location: location(),
        },
        Error::FileNotFound {
            location: location(),
        },
        Error::BucketNotFound {
            location: location(),
        },
        Error::ObjectNotFound {
            location: location(),
            similar: vec!["CED07-02E.PIP".to_owned()],
        },
        Error::ObjectNotFound {
            location: location(),
            similar: Vec::new(),
        },
        Error::NotAFile {
            location: location(),
            found: "a folder",
        },
        Error::PermissionDenied {
            action: "opening",
            location: location(),
            advice: "check its owner".to_owned(),
            source: Some(cause().into()),
        },
        Error::Credentials {
            action: "opening",
            location: location(),
            problem: "they have expired".to_owned(),
            advice: "run `aws sso login`".to_owned(),
            source: Some(cause().into()),
        },
        Error::NoRegion {
            location: location(),
        },
        Error::WrongRegion {
            location: location(),
            bucket_region: Some("eu-west-1".to_owned()),
        },
        Error::WrongRegion {
            location: location(),
            bucket_region: None,
        },
        Error::Archived {
            location: location(),
            storage_class: "GLACIER".to_owned(),
        },
        Error::InvalidSetting {
            setting: Setting::Bucket,
            value: "s3://bucket".to_owned(),
            problem: "use only the bucket's name",
        },
        Error::Changed {
            location: location(),
            change: "it was written again".to_owned(),
        },
        Error::LengthMismatch {
            location: location(),
            expected: 2,
            received: 1,
        },
        FileKey::new("../CED07-02R.PIP").unwrap_err(),
        Error::Io {
            action: "reading",
            location: location(),
            source: cause(),
        },
        Error::Unavailable {
            action: "listing",
            location: location(),
            source: cause().into(),
        },
        Error::Unreached {
            action: "listing",
            location: location(),
            setting: Some(Setting::Endpoint),
            advice: "check the endpoint".to_owned(),
            source: cause().into(),
        },
        Error::Other {
            action: "listing",
            location: location(),
            source: cause().into(),
        },
    ]
}

#[test]
fn every_error_quotes_its_location_and_repeats_no_cause() {
    for error in every_error() {
        let text = error.to_string();
        assert!(
            text.contains(&format!("{:?}", error.location())),
            "{text:?} does not quote the location"
        );
        assert!(!text.ends_with('.'), "{text:?} ends with a full stop");
        let mut texts = vec![text];
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            assert!(
                texts.iter().all(|above| !above.contains(&text)),
                "{text:?} is printed twice: {texts:?}"
            );
            texts.push(text);
            cause = error.source();
        }
    }
}

#[test]
fn errors_about_a_setting_name_it() {
    let settings: Vec<_> = every_error()
        .iter()
        .filter_map(Error::setting)
        .map(|setting| setting.to_string())
        .collect();
    assert_eq!(
        settings,
        ["region", "region", "region", "bucket", "endpoint"]
    );
}
