//! The records of the three kinds, borrowed and owned.
//!
//! - [`IssuerRef`], [`IssueRef`] and [`IssueAttributeRef`] borrow their text from the parser. Use
//!   them to look at each record once.
//! - [`Issuer`], [`Issue`] and [`IssueAttribute`] own their text. Use them to keep records.
//!
//! Each submodule defines one layout with the macro in `define`, which generates everything else.

mod define;
mod issue;
mod issue_attribute;
mod issuer;
mod meaning;

use core::fmt;

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

/// A record that owns its text: [`Issuer`], [`Issue`] or [`IssueAttribute`].
///
/// The parser and the reader are generic over this trait. It is sealed.
pub trait Record:
    fmt::Debug
    + Clone
    + PartialEq
    + Send
    + Sync
    + Sized
    + sealed::Parse
    + ToRecordRef<Owned = Self>
    + 'static
{
    /// The form of the record that borrows its text.
    type Ref<'a>: RecordRef<Owned = Self>;

    /// The layout of the record.
    const LAYOUT: &'static Layout;

    /// Returns the record in its borrowed form.
    fn as_record_ref(&self) -> Self::Ref<'_>;
}

/// A record that borrows its text: [`IssuerRef`], [`IssueRef`] or [`IssueAttributeRef`].
///
/// It is sealed.
pub trait RecordRef: fmt::Debug + Copy + PartialEq + Send + sealed::Sealed {
    /// The form of the record that owns its text.
    type Owned: Record;

    /// Copies the record. Allocates once for each text that is not empty.
    fn into_owned(self) -> Self::Owned;

    /// Returns the key of the record.
    fn key(&self) -> RecordKey;

    /// Calls the visitor with each field and its value, in file order.
    fn visit<V: ValueVisitor>(&self, visitor: &mut V);
}

/// A record in either form, or a reference to one. It is sealed.
pub trait ToRecordRef: sealed::Sealed {
    /// The form of the record that owns its text.
    type Owned: Record;

    /// Returns the record in its borrowed form.
    fn to_record_ref(&self) -> <Self::Owned as Record>::Ref<'_>;
}

impl<T: ToRecordRef> ToRecordRef for &T {
    type Owned = T::Owned;

    fn to_record_ref(&self) -> <T::Owned as Record>::Ref<'_> {
        (**self).to_record_ref()
    }
}

/// Defined here because `kind` cannot depend on the records, which depend on it.
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

/// The key of a record: the issuer number and, for issues and attributes, the issue number.
///
/// Keys compare by bytes, as in sorted files. They display as `037833` or `037833 10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// The issuer number.
    pub issuer_num: IssuerNum,
    /// The issue number, or `None` for an issuer.
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

/// Receives the values of a record, one by one in file order. An empty field (NULL) is `None`.
pub trait ValueVisitor {
    /// Receives a text, a code, or an issuer or issue number.
    fn text(&mut self, field: &'static Field, value: Option<&str>);

    /// Receives a date.
    fn date(&mut self, field: &'static Field, value: Option<Date>);

    /// Receives an integer.
    fn integer(&mut self, field: &'static Field, value: Option<i32>);

    /// Receives an exact decimal number.
    fn decimal(&mut self, field: &'static Field, value: Option<Decimal>);
}

pub(crate) mod sealed {
    use super::{CheckDigits, FieldParser, Record};

    /// Keeps other crates from implementing a trait, so that it can get more methods.
    pub trait Sealed {}

    impl<T: Sealed> Sealed for &T {}

    /// What the parser needs from each kind of record. Not part of the public API.
    pub trait Parse: Sized {
        /// Reads each field according to its type, then checks the rules that involve several
        /// fields. Adds faults and warnings to `fields.findings`.
        fn parse<'a>(
            record: &mut Self::Ref<'a>,
            fields: &mut FieldParser<'a, '_>,
            check_digits: CheckDigits,
        ) where
            Self: Record;

        /// Returns the same record, which does not borrow its text for as long.
        fn shorten<'short, 'long: 'short>(record: Self::Ref<'long>) -> Self::Ref<'short>
        where
            Self: Record;

        /// Returns an empty record to parse into.
        fn empty<'a>() -> Self::Ref<'a>
        where
            Self: Record;
    }
}
