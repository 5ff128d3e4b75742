//! The fast path for dates and numbers in their usual forms.
//!
//! Each function returns the same value as the function of the same name in `grammar`, or `None`.
//! For `None` the caller asks the grammar, which knows the unusual forms and finds the faults.
//! Property tests compare the two.
//!
//! **Please measure before you simplify this file.** The grammar could read these forms as well, but
//! slowly. With this file and `field/ends.rs`, the parser is 4.7 times as fast as the `csv` crate;
//! without them, 2.2 times (`cargo bench -p cusip-synth`).

use crate::date::Date;
use crate::decimal::Decimal;

const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
/// Adding six changes the upper half of the bytes `:` to `?`, which follow `9`, but not of any
/// digit.
const SIX_EACH: u64 = u64::from_le_bytes([6; 8]);
const UPPER_HALVES: u64 = u64::from_le_bytes([0xF0; 8]);

const MOST_INTEGER_DIGITS: usize = 9;
const MOST_DECIMAL_DIGITS: u8 = 18;

/// Reads a calendar date written as `YYYY-MM-DD`, `YYYYMMDD` or `MM/DD/YYYY`.
#[inline]
pub(crate) fn date(text: &[u8]) -> Option<Date> {
    let digits = match *text {
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
        | [y1, y2, y3, y4, m1, m2, d1, d2]
        | [m1, m2, b'/', d1, d2, b'/', y1, y2, y3, y4] => [y1, y2, y3, y4, m1, m2, d1, d2],
        _ => return None,
    };
    let [century, year, month, day] = four_pairs(digits)?;
    Date::new(u16::from(century) * 100 + u16::from(year), month, day)
}

/// Reads an integer of up to nine digits without a sign.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<i32> {
    if text.is_empty() || text.len() > MOST_INTEGER_DIGITS {
        return None;
    }
    let mut number = 0;
    for byte in text {
        number = number * 10 + i32::from(digit(*byte)?);
    }
    Some(number)
}

/// Reads a decimal without a sign whose digits, including leading and trailing zeros, all fit the
/// field.
#[inline]
pub(crate) fn decimal(text: &[u8], precision: u8, scale: u8) -> Option<Decimal> {
    if text.len() > usize::from(precision.min(MOST_DECIMAL_DIGITS)) + 1 {
        return None;
    }
    let mut coefficient = 0_u64;
    let mut point = None;
    for (index, byte) in text.iter().enumerate() {
        match digit(*byte) {
            Some(digit) => coefficient = coefficient * 10 + u64::from(digit),
            None if *byte == b'.' && point.is_none() => point = Some(index),
            None => return None,
        }
    }
    let (digits, decimals) = match point {
        Some(index) => (text.len() - 1, text.len() - 1 - index),
        None => (text.len(), 0),
    };
    if digits == 0 || digits > usize::from(precision) || decimals > usize::from(scale) {
        return None;
    }
    Decimal::new(i128::from(coefficient), decimals as u8)
}

/// Reads four two-digit numbers at once.
#[inline]
fn four_pairs(text: [u8; 8]) -> Option<[u8; 4]> {
    let text = u64::from_le_bytes(text);
    // A byte is a digit if its upper half is that of `0`, before and after adding six.
    let upper_halves = text & text.wrapping_add(SIX_EACH) & UPPER_HALVES;
    let also_upper_halves = (text | text.wrapping_add(SIX_EACH)) & UPPER_HALVES;
    if upper_halves != ZEROS || also_upper_halves != ZEROS {
        return None;
    }
    let digits = text ^ ZEROS;
    let pairs = digits * 10 + (digits >> 8);
    let [first, _, second, _, third, _, fourth, _] = pairs.to_le_bytes();
    Some([first, second, third, fourth])
}

#[inline]
fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    (digit <= 9).then_some(digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::grammar;

    /// Generates dates, near misses, and strings of the characters that dates consist of.
    fn date_like() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9]{4}-(0[0-9]|1[0-3])-[0-3][0-9]",
            "[0-9]{4}(0[0-9]|1[0-3])[0-3][0-9]",
            "(0[0-9]|1[0-3])/[0-3][0-9]/[0-9]{4}",
            "[0-9/:.-]{8}|[0-9/:.-]{10}",
            "[ -~]{7,11}",
            "\\PC{0,12}",
        ]
    }

    fn number_like() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9]{0,20}",
            "[0-9]{0,10}\\.[0-9]{0,10}",
            "[+-]?[0-9]{0,6}\\.?[0-9]{0,6}",
            "[0-9/:.+ -]{0,8}",
            "\\PC{0,6}",
        ]
    }

    #[test]
    fn fast_path_reads_every_date_in_each_form() {
        for year in [1, 1900, 1999, 2000, 2023, 2024, 9999] {
            for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let expected = Date::new(year, month, day);
                let read = |text: String| date(text.as_bytes());
                assert_eq!(read(format!("{year:04}-{month:02}-{day:02}")), expected);
                assert_eq!(read(format!("{year:04}{month:02}{day:02}")), expected);
                assert_eq!(read(format!("{month:02}/{day:02}/{year:04}")), expected);
            }
        }
    }

    #[test]
    fn every_byte_other_than_a_digit_is_refused_at_every_position() {
        for (place, byte) in (0..8).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte))) {
            let mut text = *b"09182736";
            text[place] = byte;
            assert_eq!(
                four_pairs(text).is_some(),
                byte.is_ascii_digit(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn fast_path_reads_usual_numbers() {
        assert_eq!(integer(b"123456789"), Some(123_456_789));
        assert_eq!(decimal(b"4.812", 9, 6), Decimal::new(4_812, 3));
        assert_eq!(decimal(b"123.456789", 9, 6), Decimal::new(123_456_789, 6));
        assert_eq!(decimal(b".5", 9, 6), Decimal::new(5, 1));
        assert_eq!(decimal(b"5.", 9, 6), Decimal::new(5, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_024))]

        #[test]
        fn date_is_the_grammars_date(text in date_like()) {
            prop_assert_eq!(date(text.as_bytes()), grammar::date(&text));
        }

        #[test]
        fn integer_is_the_grammars_integer(text in number_like()) {
            if let Some(number) = integer(text.as_bytes()) {
                prop_assert_eq!(Some(number), grammar::integer(&text));
            }
        }

        #[test]
        fn decimal_is_the_grammars_decimal(
            text in number_like(),
            precision in 0..=38_u8,
            scale in 0..=38_u8,
        ) {
            if let Some(number) = decimal(text.as_bytes(), precision, scale) {
                prop_assert_eq!(Ok(number), grammar::decimal(&text, precision, scale));
            }
        }
    }
}
