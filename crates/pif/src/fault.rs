//! The rules that a record can break.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::excerpt::Excerpt;
use crate::layout::Field;
use crate::position::Position;

/// What to do with an issue whose `issue_check` is present but wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CheckDigits {
    /// Treat it as a bad record, since the key may be corrupted. This is the default.
    #[default]
    Reject,
    /// Accept it with a warning.
    Warn,
}

/// A broken rule or a warning: the field, its value and the rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The field, or `None` if the fault concerns the whole record.
    pub field: Option<&'static Field>,
    /// The field's value as received, or `None` if the fault concerns the whole record.
    pub value: Option<String>,
    /// The rule that the record breaks.
    pub rule: Rule,
}

/// Writes field, value and rule, such as `dated_date "2024-02-30" is not a valid date …`. Only the
/// beginning of a long value is written.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(formatter, "{} ", field.name)?;
        }
        if let Some(value) = &self.value {
            write!(formatter, "{} ", Excerpt(value))?;
        }
        self.rule.fmt(formatter)
    }
}

/// A rule of the file format. Some rules reject a record, others only produce a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The record has the wrong number of fields.
    FieldCount {
        /// How many fields a record of the kind has.
        expected: usize,
        /// How many fields the record has.
        found: usize,
    },
    /// The line is longer than any valid record. Only its first part is kept.
    LineTooLong {
        /// The maximum length of a line in bytes.
        max: usize,
    },
    /// The field contains a NUL byte, which many databases cannot store in text.
    NulByte,
    /// The field is part of the key and is empty.
    MissingKey,
    /// The issuer or issue number has the wrong length or a character outside `0-9 A-Z * @ #`.
    Identifier {
        /// The required number of characters.
        length: usize,
    },
    /// The text has too many characters.
    TextLength {
        /// The maximum number of characters.
        max: usize,
        /// How many characters the value has.
        found: usize,
    },
    /// The value is not a calendar date in one of the three accepted forms.
    Date,
    /// The value is not an integer, or does not fit in 32 bits.
    Integer,
    /// The value is not a decimal number.
    Decimal,
    /// The number has more decimal places than the field, not counting trailing zeros.
    DecimalScale {
        /// The maximum number of decimal places.
        max: u8,
    },
    /// The number has more digits than the field allows.
    DecimalPrecision {
        /// The maximum number of digits.
        max: u8,
    },
    /// `issue_check` is not the check digit of the issuer and issue number.
    CheckDigit {
        /// The correct check digit.
        expected: char,
    },
    /// `issuer_check` is not the check digit of the issuer number. Always a warning.
    IssuerCheckDigit {
        /// The correct check digit.
        expected: char,
    },
    /// The code is not documented. Always a warning.
    UndocumentedCode {
        /// The name of the code list.
        list: &'static str,
    },
    /// The text ends in blanks that do not fit in the field, and were dropped. Always a warning.
    Padding {
        /// The width of the field in characters.
        max: usize,
    },
    /// The field is not valid UTF-8, and the options require that.
    NotUtf8,
    /// The field was not valid UTF-8 and was read as Windows-1252. Always a warning.
    Windows1252,
}

impl Rule {
    /// The codes of the rules that reject a record.
    pub const REJECTING: &[&str] = &[
        "field_count",
        "line_too_long",
        "nul_byte",
        "not_utf8",
        "missing_key",
        "identifier",
        "text_length",
        "date",
        "integer",
        "decimal",
        "decimal_scale",
        "decimal_precision",
        "check_digit",
    ];

    /// Returns the rule's stable code for programs, such as `field_count`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FieldCount { .. } => "field_count",
            Self::LineTooLong { .. } => "line_too_long",
            Self::NulByte => "nul_byte",
            Self::NotUtf8 => "not_utf8",
            Self::MissingKey => "missing_key",
            Self::Identifier { .. } => "identifier",
            Self::TextLength { .. } => "text_length",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::DecimalScale { .. } => "decimal_scale",
            Self::DecimalPrecision { .. } => "decimal_precision",
            Self::CheckDigit { .. } => "check_digit",
            Self::IssuerCheckDigit { .. } => "issuer_check_digit",
            Self::UndocumentedCode { .. } => "undocumented_code",
            Self::Padding { .. } => "padding",
            Self::Windows1252 => "windows_1252",
        }
    }
}

/// Writes the second half of a sentence; [`Fault`] writes field and value before it.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount { expected, found } => {
                write!(formatter, "record has {found} fields instead of {expected}")
            }
            Self::LineTooLong { max } => {
                write!(formatter, "line is longer than the limit of {max} bytes")
            }
            Self::NulByte => formatter.write_str("contains a NUL byte, which is not allowed"),
            Self::NotUtf8 => formatter.write_str("is not valid UTF-8, which is required"),
            Self::MissingKey => {
                formatter.write_str("must not be empty because it is part of the key")
            }
            Self::Identifier { length } => {
                write!(
                    formatter,
                    "must be {length} characters from 0-9, A-Z, *, @, #"
                )
            }
            Self::TextLength { max, found } => {
                write!(
                    formatter,
                    "is {found} characters long, but the limit is {max}"
                )
            }
            Self::Date => {
                formatter.write_str("is not a valid date (YYYY-MM-DD, YYYYMMDD or MM/DD/YYYY)")
            }
            Self::Integer => formatter.write_str("is not an integer that fits in 32 bits"),
            Self::Decimal => formatter.write_str("is not a decimal number such as 4.125"),
            Self::DecimalScale { max } => {
                write!(
                    formatter,
                    "has more than {max} decimal places, and values are never rounded"
                )
            }
            Self::DecimalPrecision { max } => {
                write!(formatter, "has more digits than the limit of {max}")
            }
            Self::CheckDigit { expected } => {
                write!(
                    formatter,
                    "is wrong: the check digit of this issuer and issue number is {expected}"
                )
            }
            Self::IssuerCheckDigit { expected } => {
                write!(
                    formatter,
                    "differs from {expected}, the check digit of the issuer number"
                )
            }
            Self::UndocumentedCode { list } => {
                write!(formatter, "is not a documented code of {list}")
            }
            Self::Padding { max } => {
                write!(
                    formatter,
                    "has blanks beyond the width of {max}, which were dropped"
                )
            }
            Self::Windows1252 => {
                formatter.write_str("was not valid UTF-8 and was read as Windows-1252")
            }
        }
    }
}

/// A record that breaks the rules of the format: its position, its bytes and its faults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BadRecord<'a> {
    /// Where the record starts.
    pub position: Position,
    /// The whole line without its line ending, or the first part of a line that is too long.
    pub raw_line: &'a [u8],
    /// All faults in field order. There is at least one.
    pub faults: &'a [Fault],
}

/// The faults and warnings of the current record. Reused for every record.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) faults: Vec<Fault>,
    pub(crate) warnings: Vec<Fault>,
}

impl Findings {
    pub(crate) fn clear(&mut self) {
        self.faults.clear();
        self.warnings.clear();
    }

    /// Returns the warnings, without an allocation if there are none.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn take_warnings(&mut self) -> Vec<Fault> {
        core::mem::take(&mut self.warnings)
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.faults.is_empty() && self.warnings.is_empty()
    }

    /// Returns the current record as a bad record with the faults.
    #[cold]
    pub(crate) fn bad_record<'a>(
        &'a self,
        position: Position,
        raw_line: &'a [u8],
    ) -> BadRecord<'a> {
        BadRecord {
            position,
            raw_line,
            faults: &self.faults,
        }
    }

    /// Returns whether this field or one before it has a fault.
    #[inline]
    pub(crate) fn has_fault_up_to(&self, field: &Field) -> bool {
        (self.faults.iter())
            .filter_map(|fault| fault.field)
            .any(|faulty| faulty.ordinal <= field.ordinal)
    }

    /// Sorts faults and warnings by field.
    #[cold]
    pub(crate) fn sort(&mut self) {
        let ordinal = |fault: &Fault| fault.field.map(|field| field.ordinal);
        self.faults.sort_by_key(ordinal);
        self.warnings.sort_by_key(ordinal);
    }

    #[cold]
    pub(crate) fn fault(&mut self, field: &'static Field, value: &str, rule: Rule) {
        self.faults.push(Fault {
            field: Some(field),
            value: Some(value.to_owned()),
            rule,
        });
    }

    #[cold]
    pub(crate) fn record_fault(&mut self, rule: Rule) {
        self.faults.push(Fault {
            field: None,
            value: None,
            rule,
        });
    }

    #[cold]
    pub(crate) fn warn(&mut self, field: &'static Field, value: &str, rule: Rule) {
        self.warnings.push(Fault {
            field: Some(field),
            value: Some(value.to_owned()),
            rule,
        });
    }
}
