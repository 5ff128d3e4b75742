//! Options out of range are refused.

use cusip_pif::{Date, FileKind};
use cusip_synth::{Day, Options};
use rstest::rstest;

use crate::options;

#[rstest]
#[case(
    options().with_issuers(3_500_001),
    "cannot generate 3500001 issuers: a synthetic day has at most 3500000"
)]
#[case(
    options().with_issues_per_issuer(817),
    "cannot generate 817 issues per issuer: a synthetic day has at most 816"
)]
#[case(
    options().with_changed_per_mille(1_001),
    "cannot change 1001 of 1000 records: the number must be from 0 to 1000"
)]
fn an_option_out_of_range_is_refused_with_the_range(
    #[case] options: Options,
    #[case] message: &str,
) {
    assert_eq!(Day::new(options).unwrap_err().to_string(), message);
}

#[test]
fn the_largest_day_can_be_generated() {
    let day = Day::new(
        options()
            .with_issuers(3_500_000)
            .with_issues_per_issuer(816),
    )
    .unwrap();
    assert_eq!(day.records(FileKind::Issue), 2_856_000_000);
    assert_eq!(day.issues().take(1_000).count(), 1_000);
}

#[rstest]
#[case(1, 1, 1)]
#[case(9999, 12, 31)]
fn any_date_is_accepted(#[case] year: u16, #[case] month: u8, #[case] on: u8) {
    let date = Date::new(year, month, on).unwrap();
    let options = Options::new(date).with_changed_per_mille(20);
    let file = crate::file(&Day::new(options).unwrap(), FileKind::Issue);
    assert!(
        String::from_utf8(file)
            .unwrap()
            .contains(&format!("|{date}\r\n"))
    );
}
