//! A day's files are found among others.

use std::sync::Arc;

use cusip_loader::{DayFiles, Error};
use cusip_pif::FileKind;

use crate::day;
use crate::memory_source::MemorySource;

#[tokio::test]
async fn files_of_the_day_are_told_from_others_whatever_their_case() {
    let source = MemorySource::default();
    for name in [
        "CED01-15a.PIP",
        "ced01-15R.pip",
        "CED01-14R.PIP",
        "CED01-15R.PIP.gpg",
        "README",
    ] {
        source.put(name, "999999|0\n");
    }
    let found = DayFiles::find(Arc::new(source), day()).await.unwrap();
    let names: Vec<_> = found
        .found
        .iter()
        .map(|(kind, meta)| (*kind, meta.name()))
        .collect();
    let expected = [
        (FileKind::Issuer, "ced01-15R.pip"),
        (FileKind::IssueAttribute, "CED01-15a.PIP"),
    ];
    assert_eq!(names, expected);
    assert_eq!(
        found.others,
        ["CED01-15R.PIP.gpg", "CED01-14R.PIP", "README"]
    );
    assert_eq!(found.missing().collect::<Vec<_>>(), [FileKind::Issue]);
    let error = found.complete().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the files for 2024-01-15 are incomplete in memory:: CED01-15E.PIP not found; found ced01-15R.pip, CED01-15a.PIP, CED01-15R.PIP.gpg, CED01-14R.PIP, README; names must be exactly like those (case does not matter): unpack or rename the files, or wait until they are complete"
    );
}

#[tokio::test]
async fn two_names_that_differ_in_case_alone_are_refused() {
    let source = MemorySource::default();
    source.put("CED01-15R.PIP", "999999|0\n");
    source.put("ced01-15r.pip", "999999|0\n");
    let error = DayFiles::find(Arc::new(source), day()).await.unwrap_err();
    assert!(matches!(error, Error::AmbiguousNames { .. }), "{error}");
    assert!(
        error.to_string().contains("memory:ced01-15r.pip"),
        "{error}"
    );
}

#[tokio::test]
async fn only_the_closest_of_many_names_are_shown() {
    let source = MemorySource::default();
    for month in 1..=12 {
        for day in 1..=28 {
            source.put(&format!("CED{month:02}-{day:02}R.PIP"), "");
        }
    }
    source.put("CED0115R.PIP", "");
    let day = cusip_pif::Date::new(2024, 1, 30).unwrap();
    let found = DayFiles::find(Arc::new(source), day).await.unwrap();
    assert_eq!(found.others.len(), 11);
    assert!(
        found.others[..10]
            .iter()
            .all(|name| name.starts_with("CED01-"))
    );
    let error = found.complete().unwrap_err().to_string();
    assert!(error.contains("found CED01-28R.PIP, "), "{error}");
    assert!(error.ends_with(" and others"), "{error}");
}

#[tokio::test]
async fn an_empty_place_says_so() {
    let found = DayFiles::find(Arc::new(MemorySource::default()), day())
        .await
        .unwrap();
    let error = found.some().unwrap_err();
    assert!(
        error.to_string().ends_with("found no file at all"),
        "{error}"
    );
}
