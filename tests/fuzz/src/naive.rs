//! A reader that follows `docs/file-format.md` as simply as possible: whole files, no fast paths.
//!
//! It shares nothing with the parser but the list of fields and codes.

use cusip_pif::{CheckDigits, Encoding, Field, FieldType, Layout, ParseOptions, Position};

const MOST_LINE_BYTES: usize = 64 * 1024;
const MOST_DIGITS: usize = 38;
const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#";

/// A field, counted from 1 or 0 for the whole record, with the code of a rule.
pub(crate) type Finding = (usize, &'static str);

/// A line with its content.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) position: Position,
    pub(crate) content: Content,
}

/// What a line is.
#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    Record(Vec<Option<String>>, Vec<Finding>),
    BadRecord(Vec<Finding>),
    Trailer,
}

/// Reads a file.
pub(crate) fn read(file: &[u8], layout: &Layout, options: ParseOptions) -> Vec<Line> {
    let mut lines = lines(file);
    while lines.last().is_some_and(|(_, line)| is_end_of_file(line)) {
        lines.pop();
    }
    let trailer = (lines.last()).is_some_and(|(_, line)| is_trailer(line));
    let count = lines.len();
    (lines.into_iter().enumerate())
        .map(|(index, (position, line))| Line {
            position,
            content: if trailer && index + 1 == count {
                Content::Trailer
            } else {
                record(line, layout, options)
            },
        })
        .collect()
}

/// Returns the lines that are not empty. A line that is too long is `None`.
fn lines(file: &[u8]) -> Vec<(Position, Option<&[u8]>)> {
    let mut start = if file.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let mut lines = Vec::new();
    let mut number = 0;
    while start < file.len() {
        number += 1;
        let end = file[start..].iter().position(|&byte| byte == b'\n');
        let mut line = &file[start..end.map_or(file.len(), |end| start + end)];
        let position = Position {
            line: number,
            byte_offset: start as u64,
        };
        start += line.len() + 1;
        if line.len() > MOST_LINE_BYTES {
            lines.push((position, None));
            continue;
        }
        while end.is_none() && line.ends_with(b"\x1a") {
            line = &line[..line.len() - 1];
        }
        if line.ends_with(b"\r") {
            line = &line[..line.len() - 1];
        }
        if !line.is_empty() {
            lines.push((position, Some(line)));
        }
    }
    lines
}

fn is_end_of_file(line: &Option<&[u8]>) -> bool {
    line.is_some_and(|line| line.iter().all(|&byte| byte == 0x1A))
}

/// Returns whether the first field is 999999, which blanks or end-of-file bytes may follow.
fn is_trailer(line: &Option<&[u8]>) -> bool {
    let Some(rest) = line.and_then(|line| line.strip_prefix(b"999999")) else {
        return false;
    };
    let blanks = rest.iter().take_while(|byte| b" \t".contains(byte)).count();
    let rest = &rest[blanks..];
    rest.starts_with(b"|") || rest.iter().all(|&byte| byte == 0x1A)
}

fn record(line: Option<&[u8]>, layout: &Layout, options: ParseOptions) -> Content {
    let Some(line) = line else {
        return Content::BadRecord(vec![(0, "line_too_long")]);
    };
    let fields: Vec<_> = line.split(|&byte| byte == b'|').collect();
    if fields.len() != layout.fields.len() {
        return Content::BadRecord(vec![(0, "field_count")]);
    }
    let (mut values, mut faults, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for (field, &bytes) in layout.fields.iter().zip(&fields) {
        let ordinal = field.ordinal;
        let (text, decoded) = decode(bytes);
        let mut found = Vec::new();
        match value(field, &text, &mut found) {
            Ok(value) => values.push(value),
            Err(code) => {
                faults.push((ordinal, code));
                values.push(None);
            }
        }
        let strict = options.encoding == Encoding::Utf8;
        if decoded && !strict {
            found.push("windows_1252");
        }
        warnings.extend(found.into_iter().map(|code| (ordinal, code)));
        let worse = match () {
            () if decoded && strict => Some("not_utf8"),
            () if text.contains('\0') => Some("nul_byte"),
            () => None,
        };
        if let Some(code) = worse {
            faults.retain(|fault| fault.0 != ordinal);
            faults.push((ordinal, code));
        }
    }
    check_digits(layout, &values, options, &mut faults, &mut warnings);
    faults.sort_unstable();
    warnings.sort_unstable();
    if faults.is_empty() {
        Content::Record(values, warnings)
    } else {
        Content::BadRecord(faults)
    }
}

/// Returns a field as text, and whether it was not UTF-8.
fn decode(bytes: &[u8]) -> (String, bool) {
    match String::from_utf8(bytes.to_vec()) {
        Ok(text) => (text, false),
        Err(_) => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
            (text.into_owned(), true)
        }
    }
}

/// Returns the value of a field as text, or the code of the rule that it breaks.
fn value(
    field: &Field,
    text: &str,
    warnings: &mut Vec<&'static str>,
) -> Result<Option<String>, &'static str> {
    let trimmed = text.trim_matches([' ', '\t']);
    match field.field_type {
        FieldType::IssuerNum => key(text, 6, warnings).map(Some),
        FieldType::IssueNum => key(text, 2, warnings).map(Some),
        FieldType::Text { max } => fit(text, max, warnings),
        FieldType::Code { max, list } => {
            let Some(code) = fit(text, max, warnings)? else {
                return Ok(None);
            };
            if code.trim_matches([' ', '\t']).is_empty() {
                return Ok(None);
            }
            if !list.codes.iter().any(|known| known.code == code) {
                warnings.push("undocumented_code");
            }
            Ok(Some(code))
        }
        _ if trimmed.is_empty() => Ok(None),
        FieldType::Date => date(trimmed).map(Some),
        FieldType::Integer => {
            let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("integer");
            }
            let number: Result<i32, _> = trimmed.parse();
            number
                .map(|number| Some(number.to_string()))
                .map_err(|_| "integer")
        }
        FieldType::Decimal { precision, scale } => {
            decimal(trimmed, precision.into(), scale.into()).map(Some)
        }
        other => panic!("the naive reader does not know {other:?}"),
    }
}

fn key(
    text: &str,
    length: usize,
    warnings: &mut Vec<&'static str>,
) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("missing_key");
    }
    let key = text.trim_end_matches([' ', '\t']);
    if key.len() != length || !key.chars().all(|character| ALPHABET.contains(character)) {
        return Err("identifier");
    }
    if key.len() < text.len() {
        warnings.push("padding");
    }
    Ok(key.to_owned())
}

fn fit(
    text: &str,
    max: usize,
    warnings: &mut Vec<&'static str>,
) -> Result<Option<String>, &'static str> {
    let fitting: String = text.chars().take(max).collect();
    if fitting.len() < text.len() {
        if !text
            .chars()
            .skip(max)
            .all(|character| " \t".contains(character))
        {
            return Err("text_length");
        }
        warnings.push("padding");
    }
    Ok((!fitting.is_empty()).then_some(fitting))
}

fn date(text: &str) -> Result<String, &'static str> {
    let form: String = (text.chars())
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    let (year, month, day) = match form.as_str() {
        "0000-00-00" => (&text[..4], &text[5..7], &text[8..]),
        "00000000" => (&text[..4], &text[4..6], &text[6..]),
        "00/00/0000" => (&text[6..], &text[..2], &text[3..5]),
        _ => return Err("date"),
    };
    let number = |digits: &str| digits.parse::<u32>().expect("these are digits");
    let leap = number(year) % 4 == 0 && (number(year) % 100 != 0 || number(year) % 400 == 0);
    let days = match number(month) {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    if number(year) == 0 || number(day) == 0 || number(day) > days {
        return Err("date");
    }
    Ok(format!("{year}-{month}-{day}"))
}

fn decimal(text: &str, precision: usize, scale: usize) -> Result<String, &'static str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, decimals].concat();
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("decimal");
    }
    let whole = whole.trim_start_matches('0');
    let significant = decimals.trim_end_matches('0').len();
    if significant > scale {
        return Err("decimal_scale");
    }
    if whole.len() + significant > precision || whole.len() + decimals.len() > MOST_DIGITS {
        return Err("decimal_precision");
    }
    let sign = if text.starts_with('-') && !all.bytes().all(|byte| byte == b'0') {
        "-"
    } else {
        ""
    };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if decimals.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{decimals}"))
}

fn check_digits(
    layout: &Layout,
    values: &[Option<String>],
    options: ParseOptions,
    faults: &mut Vec<Finding>,
    warnings: &mut Vec<Finding>,
) {
    let field = |name| layout.fields.iter().find(|field| field.name == name);
    for (name, parts) in [("issuer_check", 1), ("issue_check", 2)] {
        let Some(ordinal) = field(name).map(|field| field.ordinal) else {
            continue;
        };
        let Some(found) = &values[ordinal - 1] else {
            continue;
        };
        if faults.iter().any(|fault| fault.0 <= ordinal) {
            continue;
        }
        let number: String = values[..parts]
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if *found == check_digit(&number) {
            continue;
        }
        match (name, options.check_digits) {
            ("issuer_check", _) => warnings.push((ordinal, "issuer_check_digit")),
            (_, CheckDigits::Warn) => warnings.push((ordinal, "check_digit")),
            _ => faults.push((ordinal, "check_digit")),
        }
    }
}

fn check_digit(number: &str) -> String {
    let value = |character| ALPHABET.find(character).expect("the key is valid");
    let sum: usize = (number.chars().map(value).enumerate())
        .map(|(index, value)| value * (1 + index % 2))
        .map(|value| value / 10 + value % 10)
        .sum();
    ((10 - sum % 10) % 10).to_string()
}
