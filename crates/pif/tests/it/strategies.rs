//! Input for property tests: values of fields, records, and garbage.

use std::iter;

use cusip_pif::{Cusip, Date, Decimal, Field, FieldType, Record};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seen::Value;

/// A line of a file, with the values that it contains.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) line: String,
    pub(crate) values: Vec<Value>,
}

/// Generates a valid record with each field in any form that its type accepts.
pub(crate) fn sample<R: Record>() -> impl Strategy<Value = Sample> {
    let fields: Vec<_> = R::LAYOUT.fields.iter().map(value).collect();
    fields.prop_map(|mut fields: Vec<(String, Value)>| {
        let check = (R::LAYOUT.fields.iter()).find(|field| field.name == "issue_check");
        if let Some(check) = check {
            let base = [fields[0].0.as_str(), fields[1].0.as_str()].concat();
            let cusip = Cusip::from_8(&base).expect("the key is valid");
            let digit = cusip.check_digit().to_string();
            let (text, value) = &mut fields[check.ordinal - 1];
            if *value != Value::Text(None) {
                *text = digit.clone();
                *value = Value::Text(Some(digit));
            }
        }
        let (texts, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
        let line = texts.join("|");
        Sample { line, values }
    })
}

/// Generates arbitrary bytes with many that have a meaning for the parser.
pub(crate) fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let issuer = "037833|1|APPLE INC|||||||APPLE INC|C|A||A|CA|2024-01-15";
    let pieces: [&[u8]; 18] = [
        b"|",
        b"\r",
        b"\n",
        b"\r\n",
        b"\x1a",
        b"\x1a\n",
        b"9",
        b"999999",
        b"\n999999|",
        b"\n999999 |",
        b"\n999999|1\r\n\x1a",
        b"\n999999|||||||||||||||\n",
        b"\0",
        b"\x85",
        b"\xe2\x80\xa8",
        b"\"",
        b" ",
        issuer.as_bytes(),
    ];
    let piece = prop_oneof![
        6 => select(pieces.to_vec()).prop_map(<[u8]>::to_vec),
        2 => Just(format!("\n{issuer}\n").into_bytes()),
        1 => vec(any::<u8>(), 1..8),
        1 => vec(0x80..=0xFF_u8, 1..4),
    ];
    let mark = prop_oneof![3 => Just(&b""[..]), 1 => Just(&b"\xef\xbb\xbf"[..]), 1 => Just(&b"\xef\xbb"[..])];
    (mark, vec(piece, 0..60)).prop_map(|(mark, pieces)| [mark, &pieces.concat()].concat())
}

/// Generates a line of about the maximum length that repeats one byte, with a line ending.
pub(crate) fn long_line() -> impl Strategy<Value = Vec<u8>> {
    let starts = select(vec!["", "999999|", "999999", "037833|", "\u{1a}"]);
    let filler = select(b"x|9\r\x1a\xfc".to_vec());
    let line_end = select(vec!["", "\n", "\r\n", "\r", "\u{1a}"]);
    (starts, filler, 65_525..65_550_usize, line_end).prop_map(
        |(start, filler, length, line_end)| {
            let mut line = start.as_bytes().to_vec();
            line.resize(length, filler);
            line.extend(line_end.as_bytes());
            line
        },
    )
}

/// Generates the same bytes, cut into chunks of any size, including empty ones.
pub(crate) fn chunks(
    file: impl Strategy<Value = Vec<u8>>,
) -> impl Strategy<Value = (Vec<u8>, Vec<Vec<u8>>)> {
    file.prop_flat_map(|file| {
        let cuts = vec(0..=file.len(), 0..12);
        (Just(file), cuts).prop_map(|(file, mut cuts)| {
            cuts.push(0);
            cuts.push(file.len());
            cuts.sort_unstable();
            let chunks = (cuts.windows(2))
                .map(|cut| file[cut[0]..cut[1]].to_vec())
                .collect();
            (file, chunks)
        })
    })
}

/// Generates the text of a field with its value.
fn value(field: &'static Field) -> BoxedStrategy<(String, Value)> {
    match field.field_type {
        FieldType::IssuerNum => key("[0-9A-Z*@#]{6}|999999"),
        FieldType::IssueNum => key("[0-9A-Z*@#]{2}"),
        FieldType::Text { max } => text(max),
        FieldType::Code { max, list } => {
            let codes: Vec<_> = list.codes.iter().map(|code| code.code.to_owned()).collect();
            let documented = select(codes).prop_map(|code| (code.clone(), Value::Text(Some(code))));
            let any = text(max).prop_map(|(text, value)| {
                let is_blank = text
                    .chars()
                    .all(|character| [' ', '\t'].contains(&character));
                let value = if is_blank { Value::Text(None) } else { value };
                (text, value)
            });
            prop_oneof![3 => documented, 1 => any].boxed()
        }
        FieldType::Date => nullable(date(), Value::Date),
        FieldType::Integer => nullable(integer(), Value::Integer),
        FieldType::Decimal { precision, scale } => {
            nullable(decimal(precision.into(), scale.into()), Value::Decimal)
        }
        other => panic!("these tests do not know the type {other:?}"),
    }
}

fn key(pattern: &'static str) -> BoxedStrategy<(String, Value)> {
    (proptest::string::string_regex(pattern).expect("the pattern is valid"))
        .prop_map(|text| (text.clone(), Value::Text(Some(text))))
        .boxed()
}

/// Generates text of any characters that the format allows and any length that the field allows.
fn text(max: usize) -> BoxedStrategy<(String, Value)> {
    let odd = "\r\u{1a}\u{85}\u{2028}\u{b}\u{c}\u{feff}\t \"'\\9\u{1}é€𝔸";
    let character = prop_oneof![
        2 => prop::char::range('A', 'Z'),
        1 => select(odd.chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ]
    .prop_filter("the format has no escaping", |character| {
        !['|', '\n', '\0'].contains(character)
    });
    vec(character, 0..=max)
        .prop_map(|characters| {
            let text: String = characters.into_iter().collect();
            let value = (!text.is_empty()).then(|| text.clone());
            (text, Value::Text(value))
        })
        .boxed()
}

/// Generates the text of a value with blanks around it, or only blanks.
fn nullable<T: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = (String, T)> + 'static,
    into_value: fn(Option<T>) -> Value,
) -> BoxedStrategy<(String, Value)> {
    let blanks = || proptest::string::string_regex("[ \t]{0,2}").expect("the pattern is valid");
    let value = prop_oneof![
        3 => value.prop_map(|(text, value)| (text, Some(value))),
        1 => Just((String::new(), None)),
    ];
    (blanks(), value, blanks())
        .prop_map(move |(before, (text, value), after)| {
            (format!("{before}{text}{after}"), into_value(value))
        })
        .boxed()
}

fn date() -> impl Strategy<Value = (String, Date)> {
    let day = (1..=9999_u16, 1..=12_u8, 1..=31_u8)
        .prop_filter_map("not a calendar date", |(year, month, day)| {
            Date::new(year, month, day)
        });
    (day, 0..3).prop_map(|(date, form)| {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let text = match form {
            0 => format!("{year:04}-{month:02}-{day:02}"),
            1 => format!("{year:04}{month:02}{day:02}"),
            _ => format!("{month:02}/{day:02}/{year:04}"),
        };
        (text, date)
    })
}

fn integer() -> impl Strategy<Value = (String, i32)> {
    let number = prop_oneof![any::<i32>(), -9..=9, Just(i32::MIN), Just(i32::MAX)];
    (number, any::<bool>(), 0..4_usize).prop_map(|(number, plus, zeros)| {
        let sign = match number {
            ..0 => "-",
            _ if plus => "+",
            _ => "",
        };
        let digits = number.unsigned_abs();
        (format!("{sign}{}{digits}", "0".repeat(zeros)), number)
    })
}

/// Generates a decimal with any number of significant digits, and extra zeros at both ends.
fn decimal(precision: usize, scale: usize) -> impl Strategy<Value = (String, Decimal)> {
    let parts = (0..=precision, 0..=scale).prop_flat_map(move |(whole, decimals)| {
        let decimals = decimals.min(precision - whole);
        let digits = |count| vec(prop::char::range('0', '9'), count);
        let most_zeros = Decimal::MAX_DIGITS - whole - decimals;
        let zeros = prop_oneof![Just(0), 0..=most_zeros];
        (digits(whole), digits(decimals), 0..4_usize, zeros)
    });
    (select(vec!["", "+", "-"]), parts, any::<bool>()).prop_map(
        |(sign, (whole, decimals, zeros_before, zeros_after), point)| {
            let mut whole: String = iter::repeat_n('0', zeros_before).chain(whole).collect();
            let decimals: String = (decimals.into_iter())
                .chain(iter::repeat_n('0', zeros_after))
                .collect();
            if whole.is_empty() && decimals.is_empty() {
                whole.push('0');
            }
            let point = if point || !decimals.is_empty() {
                "."
            } else {
                ""
            };
            let coefficient: i128 = format!("{sign}0{whole}{decimals}")
                .parse()
                .expect("these are digits");
            let value = Decimal::new(coefficient, decimals.len() as u8);
            (
                format!("{sign}{whole}{point}{decimals}"),
                value.expect("these are few enough digits"),
            )
        },
    )
}
