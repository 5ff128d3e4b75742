//! The grammar of dates, numbers and file names.
//!
//! It defines what is accepted. The module `digits` is a faster path for the usual forms.

use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take_while_m_n};
use nom::character::complete::{char, digit0, digit1, one_of};
use nom::combinator::{all_consuming, map, map_opt, map_res, opt, recognize, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::date::Date;
use crate::decimal::Decimal;
use crate::kind::FileKind;

/// Why a string is not a decimal that fits a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecimalFault {
    Form,
    Scale,
    Precision { max: u8 },
}

/// Reads a calendar date written as `YYYY-MM-DD`, `YYYYMMDD` or `MM/DD/YYYY`.
#[inline]
pub(crate) fn date(text: &str) -> Option<Date> {
    let iso = (
        terminated(digits(4), char('-')),
        terminated(digits(2), char('-')),
        digits(2),
    );
    let compact = (digits(4), digits(2), digits(2));
    let american = map(
        (
            terminated(digits(2), char('/')),
            terminated(digits(2), char('/')),
            digits(4),
        ),
        |(month, day, year)| (year, month, day),
    );
    let any = map_opt(alt((iso, compact, american)), |(year, month, day)| {
        Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    });
    complete(any, text)
}

/// Reads an optional sign and digits, if the number fits in 32 bits.
pub(crate) fn integer(text: &str) -> Option<i32> {
    complete(
        map_res(recognize((opt(one_of("+-")), digit1)), str::parse),
        text,
    )
}

/// Reads an optional sign and digits with an optional decimal point, keeping every decimal place.
pub(crate) fn decimal(text: &str, precision: u8, scale: u8) -> Result<Decimal, DecimalFault> {
    let parts = (opt(one_of("+-")), digit0, opt(preceded(char('.'), digit0)));
    let (sign, whole, decimals): (_, &str, Option<&str>) =
        complete(parts, text).ok_or(DecimalFault::Form)?;
    let decimals = decimals.unwrap_or_default();
    if whole.is_empty() && decimals.is_empty() {
        return Err(DecimalFault::Form);
    }
    let whole = whole.trim_start_matches('0');
    let significant_decimals = decimals.trim_end_matches('0').len();
    if significant_decimals > usize::from(scale) {
        return Err(DecimalFault::Scale);
    }
    if whole.len() + significant_decimals > usize::from(precision) {
        return Err(DecimalFault::Precision { max: precision });
    }
    if whole.len() + decimals.len() > Decimal::MAX_DIGITS {
        let max = Decimal::MAX_DIGITS as u8;
        return Err(DecimalFault::Precision { max });
    }
    let digits = whole.bytes().chain(decimals.bytes());
    let coefficient = digits.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let signed = if sign == Some('-') {
        -coefficient
    } else {
        coefficient
    };
    Ok(Decimal::new(signed, decimals.len() as u8).expect("the number of digits was checked"))
}

/// Reads month, day and kind from `CED{mm-dd}{R|E|A}.PIP`, ignoring case.
pub(crate) fn file_name(text: &str) -> Option<(u8, u8, FileKind)> {
    let two = || map_res(digits(2), u8::try_from);
    let kind = alt((
        value(FileKind::Issuer, tag_no_case("R")),
        value(FileKind::Issue, tag_no_case("E")),
        value(FileKind::IssueAttribute, tag_no_case("A")),
    ));
    let name = (
        preceded(tag_no_case("CED"), two()),
        preceded(char('-'), two()),
        terminated(kind, tag_no_case(".PIP")),
    );
    complete(name, text)
}

/// Runs a parser that must consume the whole text.
fn complete<'a, T>(
    parser: impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>>,
    text: &'a str,
) -> Option<T> {
    all_consuming(parser)
        .parse(text)
        .ok()
        .map(|(_, parsed)| parsed)
}

/// Reads exactly `count` digits, at most four.
fn digits<'a>(
    count: usize,
) -> impl Parser<&'a str, Output = u16, Error = nom::error::Error<&'a str>> {
    move |text: &'a str| -> IResult<&'a str, u16> {
        map_res(
            take_while_m_n(count, count, |character: char| character.is_ascii_digit()),
            str::parse,
        )
        .parse(text)
    }
}
