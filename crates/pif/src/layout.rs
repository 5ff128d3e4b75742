//! The layout of a file as data: fields, types and widths.

use core::fmt;

use crate::code::CodeList;
use crate::kind::FileKind;

/// The layout of one kind of file: its fields in file order.
///
/// Each layout is defined once, in this crate. Everything else derives from it: parser, record
/// structs, messages, columns of databases and data frames, synthetic data and documentation.
#[derive(Debug)]
pub struct Layout {
    /// The kind of file.
    pub kind: FileKind,
    /// The fields in file order, key fields first.
    pub fields: &'static [Field],
}

impl Layout {
    /// Returns the key fields in file order.
    pub fn key(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.is_key())
    }
}

/// One field of a layout.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The position in the record, counted from 1.
    pub ordinal: usize,
    /// The name, such as `issue_status`.
    pub name: &'static str,
    /// The meaning of the field, in a sentence or two.
    pub description: &'static str,
    /// The type of the field's values.
    pub field_type: FieldType,
}

impl Field {
    /// Returns whether the field is part of the key. Key fields are never empty.
    #[must_use]
    pub const fn is_key(&self) -> bool {
        matches!(self.field_type, FieldType::IssuerNum | FieldType::IssueNum)
    }

    /// Returns the list of documented codes, if the field is a code.
    #[must_use]
    pub const fn code_list(&self) -> Option<&'static CodeList> {
        match self.field_type {
            FieldType::Code { list, .. } => Some(list),
            _ => None,
        }
    }
}

/// The type of a field. Empty fields are NULL, except for key fields, which are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldType {
    /// An issuer number: six characters from `0-9 A-Z * @ #`, required.
    IssuerNum,
    /// An issue number: two characters from `0-9 A-Z * @ #`, required.
    IssueNum,
    /// Text of up to `max` characters (not bytes), kept exactly as received.
    Text {
        /// The maximum number of characters.
        max: usize,
    },
    /// A code from a list. An undocumented code is accepted with a warning.
    Code {
        /// The maximum number of characters.
        max: usize,
        /// The documented codes.
        list: &'static CodeList,
    },
    /// A calendar date: `YYYY-MM-DD`, `YYYYMMDD` or `MM/DD/YYYY`. Surrounding blanks are ignored.
    Date,
    /// A 32-bit integer with an optional sign. Surrounding blanks are ignored.
    Integer,
    /// An exact decimal number without an exponent. Surrounding blanks are ignored.
    Decimal {
        /// The maximum number of digits before and after the decimal point together.
        precision: u8,
        /// The maximum number of digits after the decimal point, not counting trailing zeros.
        scale: u8,
    },
}

/// Writes the type as in the description of the format, such as `text(30)` or `decimal(9,6)`.
impl fmt::Display for FieldType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssuerNum => formatter.write_str("text(6) key"),
            Self::IssueNum => formatter.write_str("text(2) key"),
            Self::Text { max } => write!(formatter, "text({max})"),
            Self::Code { max, .. } => write!(formatter, "code({max})"),
            Self::Date => formatter.write_str("date"),
            Self::Integer => formatter.write_str("integer"),
            Self::Decimal { precision, scale } => write!(formatter, "decimal({precision},{scale})"),
        }
    }
}
