//! The records of the three kinds, borrowed and owned.
//!
//! Which one to use:
//! - [`IssuerRef`], [`IssueRef`], [`IssueAttributeRef`] borrow their text from the parser: for
//!   whoever looks at a record once and goes on.
//! - [`Issuer`], [`Issue`], [`IssueAttribute`] own it: for whoever keeps records.
//!
//! Each file beside this one states a layout, once; what derives from it is made in `define`.

mod define;
mod issue;
mod issue_attribute;
mod issuer;

use std::fmt;

use crate::date::Date;
use crate::decimal::Decimal;
use crate::fault::CheckDigits;
use crate::field::FieldParser;
use crate::identifier::{IssueNum, IssuerNum};
use crate::kind::FileKind;
use crate::layout::{Field, Layout};

pub use self::issue::{Issue, IssueRef};
pub use self::issue_attribute::{IssueAttribute, IssueAttributeRef};
pub use self::issuer::{Issuer, IssuerRef};

/// A kind of record: [`Issuer`], [`Issue`] or [`IssueAttribute`].
///
/// The parser and the writer are generic over it. It cannot be implemented elsewhere.
pub trait Record:
    fmt::Debug + Clone + PartialEq + Send + Sync + Sized + sealed::Parse + 'static
{
    /// The record as it borrows from the parser's buffer.
    type Ref<'a>: RecordRef<Owned = Self>;

    /// The layout that the record's fields follow.
    const LAYOUT: &'static Layout;

    /// Borrows the record.
    fn as_record_ref(&self) -> Self::Ref<'_>;
}

/// A borrowed record of one of the kinds.
pub trait RecordRef: fmt::Debug + Copy + PartialEq + Send {
    /// The record that owns its text.
    type Owned: Record;

    /// Copies the record out of the parser's buffer. Allocates for each text that is not empty.
    fn into_owned(self) -> Self::Owned;

    /// Returns the key by which the record is known.
    fn key(&self) -> RecordKey;

    /// Shows each field with its value to the visitor, in file order.
    fn visit<V: ValueVisitor>(&self, visitor: &mut V);
}

/// Stands here rather than with the kind, so that modules depend on each other one way only.
impl FileKind {
    /// Returns the layout of the kind's records.
    #[must_use]
    pub const fn layout(self) -> &'static Layout {
        match self {
            Self::Issuer => Issuer::LAYOUT,
            Self::Issue => Issue::LAYOUT,
            Self::IssueAttribute => IssueAttribute::LAYOUT,
        }
    }
}

/// The key of a record: the issuer number, and for issues and attributes the issue number.
///
/// Ordered by bytes, which is the order of sorted files. Shown as `037833` or `037833 10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// The issuer's number.
    pub issuer_num: IssuerNum,
    /// The issue's number; nothing for an issuer.
    pub issue_num: Option<IssueNum>,
}

impl fmt::Display for RecordKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.issue_num {
            Some(issue_num) => write!(formatter, "{} {issue_num}", self.issuer_num),
            None => self.issuer_num.fmt(formatter),
        }
    }
}

/// Takes the values of a record, one by one in file order. `None` is an empty field, NULL.
pub trait ValueVisitor {
    /// Takes a text, a code, or an issuer or issue number.
    fn text(&mut self, field: &'static Field, value: Option<&str>);

    /// Takes a date.
    fn date(&mut self, field: &'static Field, value: Option<Date>);

    /// Takes a whole number.
    fn integer(&mut self, field: &'static Field, value: Option<i32>);

    /// Takes an exact decimal number.
    fn decimal(&mut self, field: &'static Field, value: Option<Decimal>);
}

pub(crate) mod sealed {
    use super::{CheckDigits, FieldParser, Record};

    /// What a record kind does for the parser, out of its users' sight.
    pub trait Parse: Sized {
        /// Reads each field of its type, and holds the record against the rules that span several
        /// fields. Faults go into the parser's findings.
        fn parse<'a>(
            record: &mut Self::Ref<'a>,
            fields: &mut FieldParser<'a, '_>,
            check_digits: CheckDigits,
        ) where
            Self: Record;

        /// Makes a record to parse into.
        fn empty<'a>() -> Self::Ref<'a>
        where
            Self: Record;
    }
}
