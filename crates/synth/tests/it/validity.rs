//! The files follow the format and match each other.

use std::collections::HashSet;

use cusip_pif::{
    Cusip, Event, FileKind, Issue, IssueAttribute, Issuer, IssuerNum, Reader, Record, RecordRef,
    check_digit,
};
use cusip_synth::Options;
use rstest::rstest;

use crate::{day, file, options};

/// Reads a file, and checks that it has no faults or warnings and that the trailer verifies it.
fn read<R: Record>(file: &[u8]) -> Vec<R> {
    let mut reader = Reader::<R, _>::from_reader(file);
    let mut records = Vec::new();
    while let Some(event) = reader.next_event().expect("bytes can be read") {
        match event {
            Event::Record {
                record, warnings, ..
            } => {
                assert_eq!(warnings, [], "{record:?}");
                records.push(record.into_owned());
            }
            Event::BadRecord(bad) => panic!("{bad:?}"),
            Event::Trailer(_) => {}
        }
    }
    let trailer = reader.trailer().expect("a trailer");
    assert_eq!(trailer.verified_by(reader.data_records()), Some(2));
    assert!(trailer.text.ends_with("|2024-01-15"), "{}", trailer.text);
    records
}

fn assert_ascending<K: Ord + std::fmt::Debug>(keys: impl Iterator<Item = K> + Clone) {
    for (one, next) in keys.clone().zip(keys.skip(1)) {
        assert!(one < next, "{one:?} before {next:?}");
    }
}

#[rstest]
#[case::modest(options())]
#[case::changed(options().with_changed_per_mille(500))]
#[case::one_of_each(options().with_issuers(1).with_issues_per_issuer(1))]
#[case::many_issues(options().with_issuers(40).with_issues_per_issuer(816))]
#[case::no_issues(options().with_issuers(30).with_issues_per_issuer(0))]
#[case::nothing(options().with_issuers(0))]
#[case::large_seed(options().with_seed(u64::MAX))]
fn files_parse_without_faults_or_warnings_and_match_each_other(#[case] options: Options) {
    let day = day(options);
    let issuers: Vec<Issuer> = read(&file(&day, FileKind::Issuer));
    let issues: Vec<Issue> = read(&file(&day, FileKind::Issue));
    let attributes: Vec<IssueAttribute> = read(&file(&day, FileKind::IssueAttribute));

    let issue_count = u64::from(options.issuers) * u64::from(options.issues_per_issuer);
    assert_eq!(issuers.len(), options.issuers as usize);
    assert_eq!(issues.len() as u64, issue_count);
    assert_eq!(day.records(FileKind::Issuer), u64::from(options.issuers));
    assert_eq!(day.records(FileKind::Issue), issue_count);
    assert_eq!(day.records(FileKind::IssueAttribute), issue_count);

    assert_ascending(issuers.iter().map(|issuer| issuer.issuer_num));
    let keys = issues
        .iter()
        .map(|issue| (issue.issuer_num, issue.issue_num));
    assert_ascending(keys.clone());
    let attribute_keys = attributes
        .iter()
        .map(|record| (record.issuer_num, record.issue_num));
    assert!(
        keys.eq(attribute_keys),
        "issues and attributes have the same keys"
    );
    let known: HashSet<IssuerNum> = issuers.iter().map(|issuer| issuer.issuer_num).collect();
    let with_issues: HashSet<IssuerNum> = issues.iter().map(|issue| issue.issuer_num).collect();
    assert!(with_issues.is_subset(&known));
}

#[test]
fn check_digits_are_right() {
    let day = day(options());
    let mut checked = 0;
    for issuer in day.issuers() {
        let expected = check_digit(issuer.issuer_num.as_bytes()).unwrap();
        if let Some(found) = issuer.issuer_check {
            assert_eq!(
                found.as_str(),
                expected.to_string(),
                "{}",
                issuer.issuer_num
            );
            checked += 1;
        }
    }
    for issue in day.issues() {
        let cusip = Cusip::new(issue.issuer_num, issue.issue_num);
        if let Some(found) = issue.issue_check {
            assert_eq!(found.as_str(), cusip.check_digit().to_string(), "{cusip}");
            checked += 1;
        }
    }
    assert!(checked > 21_000, "{checked}");
}

#[test]
fn iterators_return_the_records_of_the_files() {
    let day = day(options().with_issuers(300).with_changed_per_mille(100));
    assert!(
        day.issuers()
            .eq(read::<Issuer>(&file(&day, FileKind::Issuer)))
    );
    assert!(day.issues().eq(read::<Issue>(&file(&day, FileKind::Issue))));
    let attributes = read::<IssueAttribute>(&file(&day, FileKind::IssueAttribute));
    assert!(day.issue_attributes().eq(attributes));
}
