//! File names.

use cusip_pif::{Date, FileKind, InvalidFileName, PifFileName};
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case::issuers("CED01-15R.PIP", 1, 15, FileKind::Issuer)]
#[case::issues("CED01-15E.PIP", 1, 15, FileKind::Issue)]
#[case::attributes("CED12-31A.PIP", 12, 31, FileKind::IssueAttribute)]
#[case::lower_case("ced01-15r.pip", 1, 15, FileKind::Issuer)]
#[case::mixed_case("Ced01-15e.Pip", 1, 15, FileKind::Issue)]
#[case::leap_day("CED02-29A.PIP", 2, 29, FileKind::IssueAttribute)]
fn name_contains_day_and_kind(
    #[case] name: &str,
    #[case] month: u8,
    #[case] day: u8,
    #[case] kind: FileKind,
) {
    let parsed: PifFileName = name.parse().unwrap();
    assert_eq!(
        (parsed.month(), parsed.day(), parsed.kind()),
        (month, day, kind)
    );
    assert_eq!(parsed.to_string(), name.to_uppercase());
}

#[rstest]
#[case::empty("")]
#[case::folder("day/CED01-15R.PIP")]
#[case::other_start("CUS01-15R.PIP")]
#[case::other_kind("CED01-15X.PIP")]
#[case::no_kind("CED01-15.PIP")]
#[case::other_extension("CED01-15R.TXT")]
#[case::no_extension("CED01-15R")]
#[case::compressed("CED01-15R.PIP.gz")]
#[case::no_dash("CED0115R.PIP")]
#[case::underscore("CED01_15R.PIP")]
#[case::one_digit_month("CED1-15R.PIP")]
#[case::one_digit_day("CED01-5R.PIP")]
#[case::three_digit_day("CED01-015R.PIP")]
#[case::month_0("CED00-15R.PIP")]
#[case::month_13("CED13-15R.PIP")]
#[case::day_0("CED01-00R.PIP")]
#[case::day_that_never_is("CED02-30R.PIP")]
#[case::day_31_of_a_short_month("CED04-31R.PIP")]
#[case::with_a_year("CED2024-01-15R.PIP")]
#[case::blank_before(" CED01-15R.PIP")]
#[case::line_feed_after("CED01-15R.PIP\n")]
#[case::other_digits("CED０１-15R.PIP")]
#[case::capital_with_a_dot("CED01-15R.PİP")]
fn other_names_are_refused(#[case] name: &str) {
    let error = name.parse::<PifFileName>().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("{name:?} is not the name of a PIF file"))
    );
    let name = name.to_owned();
    assert_eq!(error, InvalidFileName { name });
}

#[test]
fn every_day_has_a_name_for_each_kind_without_the_year() {
    for month in 1..=12 {
        for day in (1..=31).filter_map(|day| Date::new(2024, month, day)) {
            for kind in FileKind::ALL {
                let name = PifFileName::new(day, kind);
                assert_eq!(name.to_string().parse(), Ok(name));
            }
        }
    }
    let name = |year| PifFileName::new(Date::new(year, 1, 15).unwrap(), FileKind::Issuer);
    assert_eq!(name(2023), name(2024));
}

proptest! {
    #[test]
    fn accepted_names_differ_from_the_text_only_in_case(text in "\\PC{0,16}|[Cc]ed[0-9é]{2}-[0-9]{2}[REAX]\\.pip") {
        if let Ok(name) = text.parse::<PifFileName>() {
            prop_assert_eq!(name.to_string(), text.to_ascii_uppercase());
        }
    }
}
