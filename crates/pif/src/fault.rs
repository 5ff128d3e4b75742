//! What can be wrong with a record.

use std::fmt;

use crate::layout::Field;
use crate::position::Position;

/// How a record whose `issue_check` is present and wrong is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CheckDigits {
    /// It is a bad record: a transfer error or a corrupted key. The default.
    #[default]
    Reject,
    /// It is a good record with a warning.
    Warn,
}

/// One thing that is wrong with a record, or, as a warning, odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The field, unless the fault is the whole record's.
    pub field: Option<&'static Field>,
    /// The field's value as it came, unless the fault is the whole record's.
    pub value: Option<String>,
    /// The rule that does not hold.
    pub rule: Rule,
}

/// Shows field, value and rule, e.g. `dated_date "2024-02-30" is not a calendar date …`.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(formatter, "{} ", field.name)?;
        }
        if let Some(value) = &self.value {
            write!(formatter, "{value:?} ")?;
        }
        self.rule.fmt(formatter)
    }
}

/// A rule of the file format that a record breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The record has another number of fields than its kind.
    FieldCount {
        /// How many fields a record of the kind has.
        expected: usize,
        /// How many the record has.
        found: usize,
    },
    /// The line is longer than any record can be; its beginning was kept, the rest passed over.
    LineTooLong {
        /// The most bytes that a line may have.
        max: usize,
    },
    /// The field holds a NUL byte, which PostgreSQL cannot store.
    NulByte,
    /// The field belongs to the key and is empty.
    MissingKey,
    /// The number is not made of so many characters of `0-9 A-Z * @ #`.
    Identifier {
        /// How many characters the number has.
        length: usize,
    },
    /// The text has too many characters.
    TextLength {
        /// The most characters the field may hold.
        max: usize,
        /// How many the value has.
        found: usize,
    },
    /// The value is not a date of the calendar in one of the three forms.
    Date,
    /// The value is not a whole number, or does not fit 32 bits.
    Integer,
    /// The value is not a decimal number.
    Decimal,
    /// The number has more decimals than the field, and rounding would change it.
    DecimalScale {
        /// The most decimals the field may hold.
        max: u8,
    },
    /// The number has more digits than the field.
    DecimalPrecision {
        /// The most digits the field may hold.
        max: u8,
    },
    /// The check digit does not agree with issuer and issue number.
    CheckDigit {
        /// The check digit that does.
        expected: char,
    },
    /// The issuer's check digit does not agree with the issuer number. Only ever a warning.
    IssuerCheckDigit {
        /// The check digit that does.
        expected: char,
    },
    /// The code is not among the documented ones. Only ever a warning.
    UndocumentedCode {
        /// The name of the code list.
        list: &'static str,
    },
    /// The field was not valid UTF-8 and was read as Windows-1252. Only ever a warning.
    Windows1252,
}

impl Rule {
    /// The codes of the rules that make a record a bad one.
    pub const REJECTING: [&str; 12] = [
        "field_count",
        "line_too_long",
        "nul_byte",
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

    /// Returns the rule's stable code, by which programs tell rules apart, e.g. `field_count`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FieldCount { .. } => "field_count",
            Self::LineTooLong { .. } => "line_too_long",
            Self::NulByte => "nul_byte",
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
            Self::Windows1252 => "windows_1252",
        }
    }
}

/// Shows the rule as the second half of a sentence whose first half names field and value.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount { expected, found } => {
                write!(
                    formatter,
                    "record has {found} fields where its kind has {expected}"
                )
            }
            Self::LineTooLong { max } => write!(formatter, "line is longer than {max} bytes"),
            Self::NulByte => formatter.write_str("holds a NUL byte, which cannot be stored"),
            Self::MissingKey => formatter.write_str("is empty, but belongs to the record's key"),
            Self::Identifier { length } => {
                write!(
                    formatter,
                    "is not {length} characters of 0-9, A-Z, *, @ and #"
                )
            }
            Self::TextLength { max, found } => {
                write!(formatter, "has {found} characters where {max} are allowed")
            }
            Self::Date => {
                formatter.write_str("is not a calendar date as YYYY-MM-DD, YYYYMMDD or MM/DD/YYYY")
            }
            Self::Integer => formatter.write_str("is not a whole number that fits 32 bits"),
            Self::Decimal => formatter.write_str("is not a decimal number"),
            Self::DecimalScale { max } => {
                write!(
                    formatter,
                    "has more than {max} decimals and is never rounded"
                )
            }
            Self::DecimalPrecision { max } => write!(formatter, "has more than {max} digits"),
            Self::CheckDigit { expected } => {
                write!(
                    formatter,
                    "is a wrong check digit: issuer and issue number ask for {expected}"
                )
            }
            Self::IssuerCheckDigit { expected } => {
                write!(
                    formatter,
                    "differs from the check digit {expected} of the issuer number"
                )
            }
            Self::UndocumentedCode { list } => {
                write!(formatter, "is not a documented code of {list}")
            }
            Self::Windows1252 => formatter.write_str("was not UTF-8 and was read as Windows-1252"),
        }
    }
}

/// A record that breaks the format's rules: where it is, what is wrong with it, and all its bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BadRecord<'a> {
    /// Where the record begins.
    pub position: Position,
    /// The whole line without its line end; of a line that is too long, the beginning.
    pub raw_line: &'a [u8],
    /// All faults in field order, at least one.
    pub faults: &'a [Fault],
}

/// The faults and warnings of the record at hand. Reused from record to record.
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

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.faults.is_empty() && self.warnings.is_empty()
    }

    /// Returns the record that the faults were found in.
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

    /// Tells whether one of a record's first fields, up to the one given, has a fault.
    #[inline]
    pub(crate) fn has_fault_up_to(&self, field: &Field) -> bool {
        (self.faults.iter())
            .filter_map(|fault| fault.field)
            .any(|faulty| faulty.ordinal <= field.ordinal)
    }

    /// Brings faults and warnings into field order.
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
