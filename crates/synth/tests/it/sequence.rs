//! The days of a sequence follow each other as the options say.

use std::collections::{BTreeMap, HashSet};

use cusip_pif::{Date, FileKind, Issue, IssueAttribute, IssueNum, Issuer, IssuerNum};
use cusip_synth::{Day, Error, Existing, Options, Sequence};
use rstest::rstest;

use crate::{day, file, options};

fn sequence(options: Options, days: u16) -> Vec<Day> {
    let sequence = Sequence::new(options, days).expect("options in their ranges");
    sequence.days().collect()
}

/// The lines of all records of a day, by their keys.
fn records(day: &Day) -> [BTreeMap<String, String>; 3] {
    FileKind::ALL.map(|kind| {
        let file = String::from_utf8(file(day, kind)).expect("files are in UTF-8");
        let lines = file
            .lines()
            .filter(|line| !line.starts_with("999999") && *line != "\u{1a}");
        let keys = if kind == FileKind::Issuer { 1 } else { 2 };
        let records = lines.map(|line| {
            let key: Vec<&str> = line.split('|').take(keys).collect();
            (key.concat(), line.to_owned())
        });
        records.collect()
    })
}

#[rstest]
#[case::few(20)]
#[case::half(500)]
#[case::all(1_000)]
fn exactly_the_share_changes_each_day_and_a_tenth_of_it_is_new(#[case] per_mille: u16) {
    let options = options()
        .with_issuers(400)
        .with_changed_per_mille(per_mille);
    let days = sequence(options, 6);
    for (before, after) in days.iter().zip(&days[1..]) {
        for (kind, (old, new)) in
            (FileKind::ALL.into_iter()).zip(records(before).iter().zip(&records(after)))
        {
            let first = days[0].records(kind);
            let changed = old.iter().filter(|(key, line)| new[*key] != **line).count();
            assert_eq!(
                changed as u64,
                first * u64::from(per_mille) / 1_000,
                "{kind}"
            );
            assert_eq!(changed as u64, after.changed_records(kind));
            let added = new.len() - old.len();
            assert_eq!(added as u64, after.added_records(kind), "{kind}");
            assert_eq!(new.len() as u64, after.records(kind), "{kind}");
            assert!(
                added.abs_diff(changed / 10) <= 1 + changed / 100,
                "{kind}: {added} of {changed}"
            );
        }
    }
}

#[test]
fn each_day_changes_and_adds_other_records() {
    let options = options().with_changed_per_mille(20);
    let days = sequence(options, 3);
    let [first, second, third] = days.as_slice() else {
        panic!("three days were asked for");
    };
    let changed = |before: &Day, after: &Day| {
        let (before, after) = (records(before), records(after));
        let of_kind = |kind: usize| {
            let changed = before[kind]
                .iter()
                .filter(|(key, line)| after[kind][*key] != **line);
            changed.map(|(key, _)| key.clone()).collect::<HashSet<_>>()
        };
        [0, 1, 2].map(of_kind)
    };
    let (one, other) = (changed(first, second), changed(second, third));
    for (one, other) in one.iter().zip(&other) {
        let both = one.intersection(other).count();
        assert!(
            both * 10 < one.len(),
            "{both} of {} change twice",
            one.len()
        );
    }
}

#[test]
fn days_are_business_days_from_the_first_on() {
    let friday = Date::new(2024, 12, 27).unwrap();
    let days = sequence(Options::new(friday), 5);
    let dates: Vec<_> = days
        .iter()
        .map(|day| day.options().date.to_string())
        .collect();
    let expected = [
        "2024-12-27",
        "2024-12-30",
        "2024-12-31",
        "2025-01-01",
        "2025-01-02",
    ];
    assert_eq!(dates, expected);
}

#[test]
fn the_first_day_is_the_day_without_changes() {
    let first = &sequence(options().with_changed_per_mille(20), 3)[0];
    for kind in FileKind::ALL {
        assert_eq!(file(first, kind), file(&day(options()), kind), "{kind}");
    }
}

#[test]
fn a_day_is_the_same_however_long_the_sequence_is() {
    let options = options().with_issuers(200).with_changed_per_mille(100);
    for (one, other) in sequence(options, 4).iter().zip(&sequence(options, 9)) {
        for kind in FileKind::ALL {
            assert_eq!(file(one, kind), file(other, kind));
        }
    }
}

#[rstest]
#[case::modest(options().with_issuers(300))]
#[case::dense_numbers(options().with_issuers(500_000).with_issues_per_issuer(0))]
#[case::many_issues(options().with_issuers(20).with_issues_per_issuer(816))]
#[case::one_of_each(options().with_issuers(1).with_issues_per_issuer(1))]
fn files_stay_in_key_order_and_match_each_other(#[case] options: Options) {
    let days = sequence(options.with_changed_per_mille(1_000), 8);
    let last = days.last().unwrap();
    let issuers: Vec<IssuerNum> = last.issuers().map(|issuer| issuer.issuer_num).collect();
    assert!(issuers.is_sorted_by(|one, next| one < next));
    let keys = |issue: Issue| (issue.issuer_num, issue.issue_num);
    let issues: Vec<(IssuerNum, IssueNum)> = last.issues().map(keys).collect();
    assert!(issues.is_sorted_by(|one, next| one < next));
    let keys = |record: IssueAttribute| (record.issuer_num, record.issue_num);
    assert!(last.issue_attributes().map(keys).eq(issues.iter().copied()));
    assert!(
        issues
            .iter()
            .all(|(issuer, _)| issuers.binary_search(issuer).is_ok())
    );
    assert_eq!(issuers.len() as u64, last.records(FileKind::Issuer));
    assert_eq!(issues.len() as u64, last.records(FileKind::Issue));
}

#[test]
fn names_tickers_rates_and_statuses_change_and_nothing_that_ended_comes_back() {
    let options = Options::new(Date::new(2024, 6, 3).unwrap()).with_issuers(2_000);
    let days = sequence(options.with_changed_per_mille(50), 10);
    let (first, last) = (&days[0], &days[9]);

    let before: BTreeMap<_, Issuer> = first.issuers().map(|one| (one.issuer_num, one)).collect();
    let (mut renamed, mut merged, mut new) = (0, 0, 0);
    for issuer in last.issuers() {
        let Some(old) = before.get(&issuer.issuer_num) else {
            let transaction = issuer.issuer_transaction.as_deref();
            assert!(matches!(transaction, None | Some("A")), "{issuer:?}");
            new += 1;
            continue;
        };
        renamed += usize::from(issuer.issuer_name_1 != old.issuer_name_1);
        if old.issuer_status.as_deref() == Some("D") {
            assert_eq!(issuer.issuer_status, old.issuer_status);
        } else {
            merged += usize::from(issuer.issuer_status.as_deref() == Some("D"));
        }
    }
    assert!(
        renamed > 50 && merged > 50 && new > 50,
        "{renamed} {merged} {new}"
    );

    let before: BTreeMap<_, Issue> = (first.issues())
        .map(|issue| ((issue.issuer_num, issue.issue_num), issue))
        .collect();
    let (mut rates, mut matured, mut called) = (0, 0, 0);
    for issue in last.issues() {
        let Some(old) = before.get(&(issue.issuer_num, issue.issue_num)) else {
            continue;
        };
        let (status, old_status) = (issue.issue_status.as_deref(), old.issue_status.as_deref());
        if matches!(old_status, Some("D" | "Z")) {
            assert_eq!(status, old_status, "{issue:?}");
            continue;
        }
        matured += usize::from(status == Some("Z"));
        called += usize::from(status == Some("D"));
        rates += usize::from(issue.rate != old.rate);
        if status == Some("Z") {
            assert!(issue.maturity_date <= issue.issue_update_date, "{issue:?}");
        }
    }
    assert!(
        rates > 500 && matured > 50 && called > 500,
        "{rates} {matured} {called}"
    );

    let key = |record: &IssueAttribute| (record.issuer_num, record.issue_num);
    let before: BTreeMap<_, IssueAttribute> = (first.issue_attributes())
        .map(|record| (key(&record), record))
        .collect();
    let tickers = last.issue_attributes().filter(|record| {
        let old = before.get(&key(record));
        old.is_some_and(|old| old.ticker_symbol != record.ticker_symbol)
    });
    assert!(tickers.count() > 50);
}

#[test]
fn lengths_out_of_range_are_refused() {
    let last = Date::new(9999, 12, 31).unwrap();
    for (options, days) in [(options(), 0), (options(), 251), (Options::new(last), 2)] {
        let error = Sequence::new(options, days).unwrap_err();
        assert!(matches!(error, Error::Days { days: refused, .. } if refused == days));
    }
    let error = Sequence::new(options().with_issuers(4_000_000), 2).unwrap_err();
    assert!(matches!(error, Error::TooManyIssuers { .. }));
}

#[test]
fn existing_files_of_any_day_are_refused_before_a_day_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("ced01-17e.pip");
    std::fs::write(&real, "a real file").unwrap();
    let sequence = Sequence::new(options().with_issuers(5), 3).unwrap();
    let error = sequence
        .write_folder(folder.path(), Existing::Refuse)
        .unwrap_err();
    assert!(matches!(&error, Error::Exists { path } if *path == real));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    std::fs::remove_file(real).unwrap();
    let paths = sequence
        .write_folder(folder.path(), Existing::Refuse)
        .unwrap();
    for (day, paths) in sequence.days().zip(paths) {
        for (kind, path) in FileKind::ALL.into_iter().zip(paths) {
            assert_eq!(std::fs::read(path).unwrap(), file(&day, kind));
        }
    }
}
