//! Reads the fields of a line, each according to its type.

mod ends;

use core::ops::Range;

use crate::code::CodeList;
use crate::date::Date;
use crate::decimal::Decimal;
use crate::digits;
use crate::fault::{Findings, Rule};
use crate::grammar::{self, DecimalFault};
use crate::identifier::{IssueNum, IssuerNum};
use crate::layout::{Field, Layout};

pub(crate) use self::ends::FieldEnds;

pub(crate) const SEPARATOR: u8 = b'|';

const BLANKS: [char; 2] = [' ', '\t'];

impl Field {
    /// Returns where the field is in a line without its line end, in bytes; `None` if the line has too
    /// few fields.
    ///
    /// ```
    /// use cusip_pif::FileKind;
    ///
    /// let line = b"000361|10|5|COM";
    /// let fields = FileKind::Issue.layout().fields;
    /// assert_eq!(fields[2].range_in(line).map(|range| &line[range]), Some(&b"5"[..]));
    /// assert_eq!(fields[4].range_in(line), None);
    /// ```
    #[must_use]
    pub fn range_in(&self, line: &[u8]) -> Option<Range<usize>> {
        let mut fields = line.split(|&byte| byte == SEPARATOR);
        let before = fields.by_ref().take(self.ordinal - 1);
        let start = before.map(|field| field.len() + 1).sum();
        let field = fields.next()?;
        Some(start..start + field.len())
    }
}

/// Reads the fields of one line, each according to its type in the layout.
#[derive(Debug)]
pub struct FieldParser<'a, 'p> {
    line: &'a str,
    ends: &'p FieldEnds,
    layout: &'static Layout,
    pub(crate) findings: &'p mut Findings,
}

impl<'a, 'p> FieldParser<'a, 'p> {
    /// Creates a parser for a line that has as many fields as the layout.
    pub(crate) fn new(
        line: &'a str,
        ends: &'p FieldEnds,
        layout: &'static Layout,
        findings: &'p mut Findings,
    ) -> Self {
        Self {
            line,
            ends,
            layout,
            findings,
        }
    }

    pub(crate) fn issuer_num(&mut self, index: usize) -> IssuerNum {
        let text = self.raw(index);
        IssuerNum::parse(text)
            .or_else(|| self.unusual_key(index, 6, IssuerNum::parse))
            .unwrap_or(IssuerNum::ZEROS)
    }

    pub(crate) fn issue_num(&mut self, index: usize) -> IssueNum {
        let text = self.raw(index);
        IssueNum::parse(text)
            .or_else(|| self.unusual_key(index, 2, IssueNum::parse))
            .unwrap_or(IssueNum::ZEROS)
    }

    /// Reads a key that has blanks at its end.
    #[cold]
    fn unusual_key<T>(
        &mut self,
        index: usize,
        length: usize,
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw(index);
        let key = parse(text.trim_end_matches(BLANKS));
        match (&key, text) {
            (Some(_), _) => self.warn(index, Rule::Padding { max: length }),
            (None, "") => self.fault(index, Rule::MissingKey),
            (None, _) => self.fault(index, Rule::Identifier { length }),
        }
        key
    }

    #[inline]
    pub(crate) fn text(&mut self, index: usize, max: usize) -> Option<&'a str> {
        let text = self.raw(index);
        if text.is_empty() {
            return None;
        }
        if text.len() > max {
            return Some(self.long_text(index, max));
        }
        Some(text)
    }

    /// Reads a string whose number of bytes exceeds the limit. Blanks beyond the width are dropped.
    #[cold]
    fn long_text(&mut self, index: usize, max: usize) -> &'a str {
        let text = self.raw(index);
        let Some((width, _)) = text.char_indices().nth(max) else {
            return text;
        };
        let (fitting, rest) = text.split_at(width);
        if trim_blanks(rest).is_empty() {
            self.warn(index, Rule::Padding { max });
        } else {
            let found = text.chars().count();
            self.fault(index, Rule::TextLength { max, found });
        }
        fitting
    }

    #[inline]
    pub(crate) fn code(
        &mut self,
        index: usize,
        max: usize,
        list: &'static CodeList,
    ) -> Option<&'a str> {
        let code = self.text(index, max)?;
        if list.contains(code) {
            return Some(code);
        }
        self.unusual_code(index, code, list)
    }

    #[cold]
    fn unusual_code(
        &mut self,
        index: usize,
        code: &'a str,
        list: &'static CodeList,
    ) -> Option<&'a str> {
        if trim_blanks(code).is_empty() {
            return None;
        }
        let rule = Rule::UndocumentedCode { list: list.name };
        (self.findings).warn(&self.layout.fields[index], code, rule);
        Some(code)
    }

    #[inline]
    pub(crate) fn date(&mut self, index: usize) -> Option<Date> {
        let text = self.raw(index);
        if text.is_empty() {
            return None;
        }
        digits::date(text.as_bytes()).or_else(|| self.unusual_date(index))
    }

    #[inline(never)]
    fn unusual_date(&mut self, index: usize) -> Option<Date> {
        let text = self.value(index)?;
        let date = grammar::date(text);
        if date.is_none() {
            self.fault(index, Rule::Date);
        }
        date
    }

    #[inline]
    pub(crate) fn integer(&mut self, index: usize) -> Option<i32> {
        let text = self.raw(index);
        if text.is_empty() {
            return None;
        }
        digits::integer(text.as_bytes()).or_else(|| self.unusual_integer(index))
    }

    #[inline(never)]
    fn unusual_integer(&mut self, index: usize) -> Option<i32> {
        let text = self.value(index)?;
        let integer = grammar::integer(text);
        if integer.is_none() {
            self.fault(index, Rule::Integer);
        }
        integer
    }

    #[inline]
    pub(crate) fn decimal(&mut self, index: usize, precision: u8, scale: u8) -> Option<Decimal> {
        let text = self.raw(index);
        if text.is_empty() {
            return None;
        }
        digits::decimal(text.as_bytes(), precision, scale)
            .or_else(|| self.unusual_decimal(index, precision, scale))
    }

    #[inline(never)]
    fn unusual_decimal(&mut self, index: usize, precision: u8, scale: u8) -> Option<Decimal> {
        let text = self.value(index)?;
        match grammar::decimal(text, precision, scale) {
            Ok(decimal) => Some(decimal),
            Err(fault) => {
                let rule = match fault {
                    DecimalFault::Form => Rule::Decimal,
                    DecimalFault::Scale => Rule::DecimalScale { max: scale },
                    DecimalFault::Precision { max } => Rule::DecimalPrecision { max },
                };
                self.fault(index, rule);
                None
            }
        }
    }

    #[inline]
    fn raw(&self, index: usize) -> &'a str {
        let range = self.ends.field(index);
        if range.is_empty() {
            return "";
        }
        &self.line[range]
    }

    /// Returns the text of a date or number without surrounding blanks, or `None` if empty.
    #[inline]
    fn value(&self, index: usize) -> Option<&'a str> {
        let text = trim_blanks(self.raw(index));
        (!text.is_empty()).then_some(text)
    }

    /// Reports the value as received.
    pub(crate) fn warn(&mut self, index: usize, rule: Rule) {
        let value = self.raw(index);
        self.findings.warn(&self.layout.fields[index], value, rule);
    }

    /// Reports the value as received, since the blanks around it may be what is wrong.
    pub(crate) fn fault(&mut self, index: usize, rule: Rule) {
        let value = self.raw(index);
        self.findings.fault(&self.layout.fields[index], value, rule);
    }

    /// Adds a warning for each field that was not UTF-8.
    pub(crate) fn warn_decoded(&mut self, indexes: &[usize]) {
        for &index in indexes {
            self.warn(index, Rule::Windows1252);
        }
    }

    /// Reports each field that was not UTF-8, instead of that field's other faults.
    pub(crate) fn fault_decoded(&mut self, indexes: &[usize]) {
        for &index in indexes {
            self.fault_instead(index, Rule::NotUtf8);
        }
    }

    /// Reports each field that contains a NUL byte, instead of that field's other faults.
    #[cold]
    pub(crate) fn fault_nul_bytes(&mut self) {
        for index in 0..self.layout.fields.len() {
            if self.raw(index).contains('\0') {
                self.fault_instead(index, Rule::NulByte);
            }
        }
    }

    fn fault_instead(&mut self, index: usize, rule: Rule) {
        let ordinal = Some(self.layout.fields[index].ordinal);
        let faults = &mut self.findings.faults;
        faults.retain(|fault| fault.field.map(|field| field.ordinal) != ordinal);
        self.fault(index, rule);
    }
}

/// Removes the blanks around a text.
#[inline]
pub(crate) fn trim_blanks(text: &str) -> &str {
    text.trim_matches(BLANKS)
}
