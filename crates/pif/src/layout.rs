//! The layout of a file as data: fields, types and widths.

use std::fmt;

use crate::code::CodeList;
use crate::kind::FileKind;

/// The layout of one kind of file: its fields in file order, and where its records are kept.
///
/// Everything that has to agree on the layout (parser, record structs, messages, COPY column
/// lists, synthetic data, documentation) derives from the one statement behind this.
#[derive(Debug)]
pub struct Layout {
    /// The kind of file.
    pub kind: FileKind,
    /// The name of the database table that holds the records, e.g. `issue_attribute`.
    pub table: &'static str,
    /// The fields in file order. The key fields come first.
    pub fields: &'static [Field],
}

impl Layout {
    /// Returns the fields that make up the key, in file order.
    pub fn key(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.is_key())
    }
}

/// One field of a layout.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The position in the record, from 1.
    pub ordinal: usize,
    /// The name, which is also the database column's.
    pub name: &'static str,
    /// What the field means, in a sentence or two.
    pub description: &'static str,
    /// What the field accepts.
    pub field_type: FieldType,
}

impl Field {
    /// Tells whether the field belongs to the record's key. Key fields are never empty.
    #[must_use]
    pub const fn is_key(&self) -> bool {
        matches!(self.field_type, FieldType::IssuerNum | FieldType::IssueNum)
    }

    /// Returns the list of documented codes, if the field holds a code.
    #[must_use]
    pub const fn code_list(&self) -> Option<&'static CodeList> {
        match self.field_type {
            FieldType::Code { list, .. } => Some(list),
            _ => None,
        }
    }
}

/// What a field accepts. An empty field is NULL in every type but the two identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldType {
    /// The six characters of an issuer number, required: `0-9 A-Z * @ #`.
    IssuerNum,
    /// The two characters of an issue number, required: `0-9 A-Z * @ #`.
    IssueNum,
    /// Text of up to `max` characters (characters, not bytes), kept exactly as it came.
    Text {
        /// The most characters the field may hold.
        max: usize,
    },
    /// A text from a list of codes. A code that is in no list is accepted with a warning.
    Code {
        /// The most characters the field may hold.
        max: usize,
        /// The documented codes.
        list: &'static CodeList,
    },
    /// A calendar date: `YYYY-MM-DD`, `YYYYMMDD` or `MM/DD/YYYY`. Blanks around it are ignored.
    Date,
    /// A whole number that fits 32 bits, with an optional sign. Blanks around it are ignored.
    Integer,
    /// An exact decimal number without exponent. Blanks around it are ignored.
    Decimal {
        /// The most digits in all, before and after the decimal point.
        precision: u8,
        /// The most digits after the decimal point, trailing zeros not counted.
        scale: u8,
    },
}

/// Shows the type as the format's description writes it, e.g. `text(30)` or `decimal(9,6)`.
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
