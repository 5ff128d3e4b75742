//! What errors say and mean.

use std::{error::Error as _, io};

use cusip_source::{Error, FileKey};

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
            instead: vec!["CED07-02E.PIP".to_owned()],
        },
        Error::ObjectNotFound {
            location: location(),
            instead: Vec::new(),
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
            region: "us-east-1".to_owned(),
            bucket_region: Some("eu-west-1".to_owned()),
        },
        Error::WrongRegion {
            location: location(),
            region: "us-east-1".to_owned(),
            bucket_region: None,
        },
        Error::Archived {
            location: location(),
            storage_class: "GLACIER".to_owned(),
        },
        Error::InvalidSetting {
            setting: "bucket",
            value: "s3://bucket".to_owned(),
            problem: "name the bucket alone",
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
        Error::Other {
            action: "listing",
            location: location(),
            source: cause().into(),
        },
    ]
}

#[test]
fn every_error_quotes_its_location_and_prints_no_cause_twice() {
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
fn only_what_may_pass_by_itself_is_transient() {
    let transient: Vec<_> = every_error()
        .into_iter()
        .filter(Error::is_transient)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(
        transient,
        [
            "file \"/data/pif_files/CED07-02R.PIP\" gave 1 bytes where 2 were announced; read it again",
            "reading \"/data/pif_files/CED07-02R.PIP\" failed",
            "listing \"/data/pif_files/CED07-02R.PIP\" failed for now; try again later",
        ]
    );
    let lasting = Error::Io {
        action: "reading",
        location: location(),
        source: io::ErrorKind::InvalidData.into(),
    };
    assert!(!lasting.is_transient());
}
