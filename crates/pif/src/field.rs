//! Splits a line into fields and reads each field of its type.

use memchr::memchr_iter;

use crate::code::CodeList;
use crate::date::Date;
use crate::decimal::Decimal;
use crate::fault::{Findings, Rule};
use crate::grammar::{self, DecimalFault};
use crate::identifier::{IssueNum, IssuerNum};
use crate::layout::{Field, Layout};

pub(crate) const SEPARATOR: u8 = b'|';

const MOST_FIELDS: usize = 64;
const PLACEHOLDER: u8 = b'0';

/// Where the fields of a line end. Holds no more ends than the longest record has fields.
#[derive(Debug)]
pub(crate) struct FieldEnds {
    ends: [usize; MOST_FIELDS],
    count: usize,
}

impl FieldEnds {
    pub(crate) const fn new() -> Self {
        Self {
            ends: [0; MOST_FIELDS],
            count: 0,
        }
    }

    /// Finds the fields of a line. A line has one field more than it has separators.
    #[inline]
    pub(crate) fn split(&mut self, line: &[u8]) {
        let mut count = 0;
        for separator in memchr_iter(SEPARATOR, line) {
            if let Some(end) = self.ends.get_mut(count) {
                *end = separator;
            }
            count += 1;
        }
        if let Some(end) = self.ends.get_mut(count) {
            *end = line.len();
        }
        self.count = count + 1;
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }
}

/// Reads the fields of one line, each of the type that the layout gives it.
#[derive(Debug)]
pub struct FieldParser<'a, 'p> {
    line: &'a str,
    ends: &'p FieldEnds,
    layout: &'static Layout,
    findings: &'p mut Findings,
}

impl<'a, 'p> FieldParser<'a, 'p> {
    /// Takes a line whose number of fields is the layout's.
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
        IssuerNum::parse(text).unwrap_or_else(|| {
            self.bad_key(index, 6);
            IssuerNum::new([PLACEHOLDER; 6]).expect("the placeholder is an allowed character")
        })
    }

    pub(crate) fn issue_num(&mut self, index: usize) -> IssueNum {
        let text = self.raw(index);
        IssueNum::parse(text).unwrap_or_else(|| {
            self.bad_key(index, 2);
            IssueNum::new([PLACEHOLDER; 2]).expect("the placeholder is an allowed character")
        })
    }

    #[inline]
    pub(crate) fn text(&mut self, index: usize, max: usize) -> Option<&'a str> {
        let text = self.raw(index);
        if text.is_empty() {
            return None;
        }
        if text.len() > max {
            let found = text.chars().count();
            if found > max {
                self.fault(index, Rule::TextLength { max, found });
            }
        }
        Some(text)
    }

    #[inline]
    pub(crate) fn code(
        &mut self,
        index: usize,
        max: usize,
        list: &'static CodeList,
    ) -> Option<&'a str> {
        let code = self.text(index, max)?;
        if !list.contains(code) {
            let rule = Rule::UndocumentedCode { list: list.name };
            self.findings.warn(&self.layout.fields[index], code, rule);
        }
        Some(code)
    }

    #[inline]
    pub(crate) fn date(&mut self, index: usize) -> Option<Date> {
        let text = self.value(index)?;
        let date = grammar::date(text);
        if date.is_none() {
            self.fault(index, Rule::Date);
        }
        date
    }

    #[inline]
    pub(crate) fn integer(&mut self, index: usize) -> Option<i32> {
        let text = self.value(index)?;
        let integer = grammar::integer(text);
        if integer.is_none() {
            self.fault(index, Rule::Integer);
        }
        integer
    }

    #[inline]
    pub(crate) fn decimal(&mut self, index: usize, precision: u8, scale: u8) -> Option<Decimal> {
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
        let start = match index {
            0 => 0,
            _ => self.ends.ends[index - 1] + 1,
        };
        &self.line[start..self.ends.ends[index]]
    }

    /// Returns a date's or number's text without the blanks around it, if any text is left.
    #[inline]
    fn value(&self, index: usize) -> Option<&'a str> {
        let text = trim_blanks(self.raw(index));
        (!text.is_empty()).then_some(text)
    }

    #[cold]
    fn bad_key(&mut self, index: usize, length: usize) {
        let rule = match self.raw(index) {
            "" => Rule::MissingKey,
            _ => Rule::Identifier { length },
        };
        self.fault(index, rule);
    }

    /// Reports the field's value as it came: what stands around it may be what is wrong with it.
    fn fault(&mut self, index: usize, rule: Rule) {
        let value = self.raw(index);
        self.findings.fault(&self.layout.fields[index], value, rule);
    }

    /// Warns of the fields that were not UTF-8.
    pub(crate) fn warn_decoded(&mut self, indexes: &[usize]) {
        for &index in indexes {
            let value = self.raw(index);
            self.findings
                .warn(&self.layout.fields[index], value, Rule::Windows1252);
        }
    }

    /// Puts the fields that hold a NUL byte in the place of what else is wrong with them.
    #[cold]
    pub(crate) fn fault_nul_bytes(&mut self) {
        let fields: &'static [Field] = self.layout.fields;
        for (index, field) in fields.iter().enumerate() {
            if self.raw(index).contains('\0') {
                let of_field = |fault: &crate::Fault| {
                    fault
                        .field
                        .is_some_and(|faulty| faulty.ordinal == field.ordinal)
                };
                self.findings.faults.retain(|fault| !of_field(fault));
                self.fault(index, Rule::NulByte);
            }
        }
    }
}

/// Takes away the blanks around a date's or number's text.
#[inline]
pub(crate) fn trim_blanks(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
