//! Dates, integers and decimals.

use cusip_pif::{Date, Decimal, Issue, IssueAttribute, Rule};
use rstest::rstest;

use crate::sample::line;
use crate::seen::{parse_one, summary};

/// Reads an issue with this value in a field, or returns the rule that the value breaks.
fn issue(field: &'static str, value: &str) -> Result<Issue, Rule> {
    match parse_one::<Issue>(line::<Issue>(&[(field, &value)])) {
        crate::seen::Seen::Record { record, .. } => Ok(record),
        bad => {
            let faults = bad.into_faults();
            let rule = faults[0].rule;
            assert_eq!(summary(&faults), [(field, value, rule.code())]);
            Err(rule)
        }
    }
}

fn day(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

#[rstest]
#[case::with_dashes("2024-01-15", day(2024, 1, 15))]
#[case::compact("20240115", day(2024, 1, 15))]
#[case::american("01/15/2024", day(2024, 1, 15))]
#[case::first_day("0001-01-01", day(1, 1, 1))]
#[case::last_day("12/31/9999", day(9999, 12, 31))]
#[case::leap_day("2024-02-29", day(2024, 2, 29))]
#[case::leap_day_of_a_fourth_century("20000229", day(2000, 2, 29))]
#[case::blanks_around("  2024-01-15 ", day(2024, 1, 15))]
#[case::tabs_around("\t2024-01-15\t", day(2024, 1, 15))]
fn date_is_read(#[case] value: &str, #[case] expected: Date) {
    let issue = issue("maturity_date", value).unwrap();
    assert_eq!(issue.maturity_date, Some(expected));
}

#[rstest]
#[case::no_leap_year("2023-02-29")]
#[case::no_leap_year_of_a_century("1900-02-29")]
#[case::no_leap_year_american("02/29/2023")]
#[case::no_leap_year_compact("20230229")]
#[case::month_0("2024-00-15")]
#[case::month_13("2024-13-15")]
#[case::day_0("2024-01-00")]
#[case::day_32("2024-01-32")]
#[case::day_31_of_a_short_month("2024-04-31")]
#[case::year_0("0000-01-01")]
#[case::year_0_compact("00000101")]
#[case::year_0_american("01/01/0000")]
#[case::nothing_but_zeros("00000000")]
#[case::two_digit_year("24-01-15")]
#[case::two_digit_year_american("01/15/24")]
#[case::six_digits("240115")]
#[case::one_digit_month("2024-1-15")]
#[case::one_digit_day("1/5/2024")]
#[case::five_digit_year("12024-01-15")]
#[case::five_digit_year_american("01/15/12024")]
#[case::nine_digits("202401150")]
#[case::seven_digits("2024011")]
#[case::european("15/01/2024")]
#[case::european_with_dots("15.01.2024")]
#[case::slashes_with_the_year_first("2024/01/15")]
#[case::dashes_with_the_year_last("01-15-2024")]
#[case::mixed_separators("2024-01/15")]
#[case::with_a_time("2024-01-15T00:00:00")]
#[case::with_a_sign("+2024-01-15")]
#[case::blanks_inside("2024 01 15")]
#[case::other_digits("２０２４-01-15")]
#[case::words("unknown")]
#[case::no_break_space_around("\u{a0}2024-01-15")]
#[case::carriage_return_around("2024-01-15\r")]
fn other_text_in_a_date_is_a_fault(#[case] value: &str) {
    assert_eq!(issue("maturity_date", value), Err(Rule::Date));
}

#[rstest]
#[case("0", 0)]
#[case::sign("+7", 7)]
#[case::negative("-7", -7)]
#[case::negative_zero("-0", 0)]
#[case::leading_zeros("0000000000000012", 12)]
#[case::greatest("2147483647", i32::MAX)]
#[case::least("-2147483648", i32::MIN)]
#[case::blanks_around(" \t12\t ", 12)]
fn integer_is_read(#[case] value: &str, #[case] expected: i32) {
    let issue = issue("partial_maturity", value).unwrap();
    assert_eq!(issue.partial_maturity, Some(expected));
}

#[rstest]
#[case::above_32_bits("2147483648")]
#[case::below_32_bits("-2147483649")]
#[case::far_above("99999999999999999999999999999999")]
#[case::decimal_point("1.0")]
#[case::decimal_point_at_the_end("1.")]
#[case::exponent("1e3")]
#[case::two_signs("--1")]
#[case::sign_after("1-")]
#[case::sign_alone("+")]
#[case::blank_after_the_sign("- 1")]
#[case::grouped("1,000")]
#[case::hexadecimal("0x10")]
#[case::underscore("1_000")]
#[case::other_digits("１２")]
#[case::word("one")]
fn other_text_in_an_integer_is_a_fault(#[case] value: &str) {
    assert_eq!(issue("partial_maturity", value), Err(Rule::Integer));
}

/// `rate` is a decimal(9,6).
#[rstest]
#[case("4.8125", 48_125, 4)]
#[case::no_point("4", 4, 0)]
#[case::zero("0", 0, 0)]
#[case::zero_with_decimals("0.000", 0, 3)]
#[case::sign("+4.5", 45, 1)]
#[case::negative("-4.5", -45, 1)]
#[case::negative_zero("-0.0", 0, 1)]
#[case::nothing_before_the_point(".5", 5, 1)]
#[case::nothing_before_the_point_but_a_sign("-.5", -5, 1)]
#[case::nothing_after_the_point("5.", 5, 0)]
#[case::trailing_zeros("4.500", 4_500, 3)]
#[case::leading_zeros("0004.5", 45, 1)]
#[case::leading_zeros_beyond_the_precision("00000000004.5", 45, 1)]
#[case::all_decimals("123.456789", 123_456_789, 6)]
#[case::all_digits_before_the_point("123456789", 123_456_789, 0)]
#[case::trailing_zeros_beyond_the_scale("4.1234560000", 41_234_560_000, 10)]
#[case::trailing_zeros_beyond_the_precision("123456789.000000000", 123_456_789_000_000_000, 9)]
#[case::as_many_digits_as_can_be_kept("1.0000000000000000000000000000000000000", 10_i128.pow(37), 37)]
#[case::as_many_decimals_as_can_be_kept("0.50000000000000000000000000000000000000", 5 * 10_i128.pow(37), 38)]
#[case::blanks_around("\t 4.5 ", 45, 1)]
fn decimal_keeps_every_digit(#[case] value: &str, #[case] coefficient: i128, #[case] scale: u8) {
    let issue = issue("rate", value).unwrap();
    assert_eq!(issue.rate, Decimal::new(coefficient, scale));
}

#[rstest]
#[case::exponent("1e3")]
#[case::capital_exponent("1.5E+3")]
#[case::point_alone(".")]
#[case::sign_alone("-")]
#[case::sign_and_point("+.")]
#[case::two_points("1.2.3")]
#[case::two_signs("+-1")]
#[case::blank_after_the_sign("- 1")]
#[case::blank_inside("1 000")]
#[case::comma("4,5")]
#[case::grouped("1,000.5")]
#[case::percent("4.5%")]
#[case::fraction("4 1/2")]
#[case::not_a_number("NaN")]
#[case::infinity("inf")]
#[case::other_digits("٤")]
#[case::sign_after("4.5-")]
fn other_text_in_a_decimal_is_a_fault(#[case] value: &str) {
    assert_eq!(issue("rate", value), Err(Rule::Decimal));
}

#[rstest]
#[case::one_decimal_too_many("4.1234567", Rule::DecimalScale { max: 6 })]
#[case::last_of_many_decimals_counts("0.00000000000001", Rule::DecimalScale { max: 6 })]
#[case::one_digit_too_many("1234567890", Rule::DecimalPrecision { max: 9 })]
#[case::one_digit_too_many_with_decimals("1234.567891", Rule::DecimalPrecision { max: 9 })]
#[case::both("1234567890.1234567", Rule::DecimalScale { max: 6 })]
#[case::more_digits_than_can_be_kept("10.0000000000000000000000000000000000000", Rule::DecimalPrecision { max: 38 })]
#[case::more_decimals_than_can_be_kept("0.000000000000000000000000000000000000000", Rule::DecimalPrecision { max: 38 })]
fn decimal_with_too_many_digits_is_a_fault_and_not_rounded(
    #[case] value: &str,
    #[case] expected: Rule,
) {
    assert_eq!(issue("rate", value), Err(expected));
}

/// `offering_amount` is a decimal(12,3).
#[rstest]
#[case::usual("1500.0", Some((15_000, 1)))]
#[case::most_digits("123456789012", Some((123_456_789_012, 0)))]
#[case::most_digits_with_decimals("123456789.012", Some((123_456_789_012, 3)))]
#[case::too_many_decimals("1.0005", None)]
#[case::too_many_digits("1234567890123", None)]
fn decimal_has_the_precision_and_scale_of_its_field(
    #[case] value: &str,
    #[case] expected: Option<(i128, u8)>,
) {
    let file = line::<IssueAttribute>(&[("offering_amount", &value)]);
    let seen = parse_one::<IssueAttribute>(file);
    match expected {
        Some((coefficient, scale)) => assert_eq!(
            seen.into_record().offering_amount,
            Decimal::new(coefficient, scale)
        ),
        None => assert_eq!(seen.into_faults()[0].field.unwrap().name, "offering_amount"),
    }
}

#[rstest]
#[case::empty("")]
#[case::blank(" ")]
#[case::blanks("          ")]
#[case::tabs("\t \t")]
fn only_blanks_are_null(#[case] blanks: &str) {
    let fields = ["dated_date", "partial_maturity", "rate"];
    let file = line::<Issue>(&fields.map(|field| (field, &blanks as &dyn AsRef<[u8]>)));
    let issue = parse_one::<Issue>(file).into_record();
    assert_eq!(
        (issue.dated_date, issue.partial_maturity, issue.rate),
        (None, None, None)
    );
}

#[test]
fn value_of_a_fault_keeps_its_blanks() {
    assert_eq!(issue("dated_date", " 2024-02-30\t"), Err(Rule::Date));
    assert_eq!(issue("partial_maturity", " x "), Err(Rule::Integer));
    assert_eq!(issue("rate", "\t1e3 "), Err(Rule::Decimal));
}

#[test]
fn from_str_reads_dates_in_one_form_only() {
    assert_eq!(
        "2024-02-29".parse::<Date>(),
        Ok(Date::new(2024, 2, 29).unwrap())
    );
    for text in [
        "2023-02-29",
        "20240229",
        "2024-2-9",
        "2024-02-29x",
        "+024-02-29",
        "today",
        "",
    ] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
}

#[test]
fn days_since_the_unix_epoch_and_back_give_the_same_date() {
    let first = Date::new(1, 1, 1).unwrap().days_since_unix_epoch();
    let last = Date::new(9999, 12, 31).unwrap().days_since_unix_epoch();
    let mut before = None;
    for days in first..=last {
        let date = Date::from_days_since_unix_epoch(days);
        assert!(date > before, "{days}");
        assert_eq!(date.map(Date::days_since_unix_epoch), Some(days));
        before = date;
    }
    for days in [i32::MIN, first - 1, last + 1, i32::MAX] {
        assert_eq!(Date::from_days_since_unix_epoch(days), None);
    }
}
