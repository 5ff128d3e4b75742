//! A changed day differs from the unchanged day exactly as the options say.

use cusip_pif::{Date, FileKind};
use cusip_synth::Options;
use rstest::rstest;

use crate::{day, file, options};

#[rstest]
#[case(1)]
#[case(20)]
#[case(500)]
#[case(999)]
#[case(1_000)]
fn exactly_the_share_changes_but_no_key(#[case] per_mille: u16) {
    let before = day(options());
    let after = day(options().with_changed_per_mille(per_mille));
    let share = |kind| before.records(kind) * u64::from(per_mille) / 1_000;

    let mut changed = 0;
    for (one, other) in before.issuers().zip(after.issuers()) {
        assert_eq!(one.issuer_num, other.issuer_num);
        changed += u64::from(one != other);
    }
    assert_eq!(changed, share(FileKind::Issuer));
    assert_eq!(changed, after.changed_records(FileKind::Issuer));

    changed = 0;
    for (one, other) in before.issues().zip(after.issues()) {
        assert_eq!(
            (one.issuer_num, one.issue_num),
            (other.issuer_num, other.issue_num)
        );
        changed += u64::from(one != other);
    }
    assert_eq!(changed, share(FileKind::Issue));
    assert_eq!(changed, after.changed_records(FileKind::Issue));

    changed = 0;
    for (one, other) in before.issue_attributes().zip(after.issue_attributes()) {
        assert_eq!(
            (one.issuer_num, one.issue_num),
            (other.issuer_num, other.issue_num)
        );
        changed += u64::from(one != other);
    }
    assert_eq!(changed, share(FileKind::IssueAttribute));
    assert_eq!(changed, after.changed_records(FileKind::IssueAttribute));
}

#[test]
fn changes_affect_more_than_the_update_date() {
    let before = day(options());
    let after = day(options().with_changed_per_mille(100));
    let more = (before.issues().zip(after.issues()))
        .filter(|(one, other)| one.issue_status != other.issue_status || one.rate != other.rate)
        .count();
    assert!(more > 500, "{more}");
}

#[test]
fn the_next_day_differs_only_in_changed_records_and_the_trailer() {
    let mut next = options();
    next.date = Date::new(2024, 1, 16).unwrap();
    let lines = |options: Options, kind| {
        let file = String::from_utf8(file(&day(options), kind)).unwrap();
        file.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for kind in FileKind::ALL {
        let monday = lines(options(), kind);
        let tuesday = lines(next.with_changed_per_mille(20), kind);
        let different = monday
            .iter()
            .zip(&tuesday)
            .filter(|(one, other)| one != other)
            .count();
        let changed = day(next.with_changed_per_mille(20)).changed_records(kind);
        assert_eq!(different as u64, changed + 1, "{kind}");
    }
}
