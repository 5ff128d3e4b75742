//! What records mean: identifiers, names that are cut into pieces, and amounts.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;

use super::{Issue, IssueAttribute, IssueAttributeRef, IssueRef, Issuer, IssuerRef, Record};
use crate::code::OfferingAmountCode;
use crate::decimal::Decimal;
use crate::identifier::Cusip;

/// Defines the same accessors for the borrowed and the owned form.
macro_rules! accessors {
    ($Ref:ident, $Owned:ident {
        $($(#[$doc:meta])* $name:ident -> $borrowed:ty, $owned:ty = |$record:ident| $value:expr;)+
    }) => {
        impl<'a> $Ref<'a> {
            $($(#[$doc])* #[must_use] pub fn $name(&self) -> $borrowed { let $record = self; $value })+
        }

        impl $Owned {
            $($(#[$doc])* #[must_use] pub fn $name(&self) -> $owned { self.as_record_ref().$name() })+
        }
    };
}

accessors! { IssuerRef, Issuer {
    /// Returns the name: its parts joined, without blanks at the ends.
    issuer_name -> Cow<'a, str>, Cow<'_, str> = |issuer| {
        joined(&[issuer.issuer_name_1, issuer.issuer_name_2, issuer.issuer_name_3])
    };
    /// Returns the additional information: its parts joined, without blanks at the ends.
    additional_info -> Cow<'a, str>, Cow<'_, str> = |issuer| joined(&[
        issuer.issuer_adl_1, issuer.issuer_adl_2, issuer.issuer_adl_3, issuer.issuer_adl_4,
    ]);
} }

accessors! { IssueRef, Issue {
    /// Returns the CUSIP. Its check digit is computed, not taken from the record.
    cusip -> Cusip, Cusip = |issue| Cusip::new(issue.issuer_num, issue.issue_num);
    /// Returns the description: its parts joined, without blanks at the ends.
    description -> Cow<'a, str>, Cow<'_, str> = |issue| {
        joined(&[issue.issue_desc_1, issue.issue_desc_2])
    };
    /// Returns the additional information: its parts joined, without blanks at the ends.
    additional_info -> Cow<'a, str>, Cow<'_, str> = |issue| joined(&[
        issue.issue_adl_1, issue.issue_adl_2, issue.issue_adl_3, issue.issue_adl_4,
    ]);
} }

accessors! { IssueAttributeRef, IssueAttribute {
    /// Returns the CUSIP, with its check digit.
    cusip -> Cusip, Cusip = |attribute| Cusip::new(attribute.issuer_num, attribute.issue_num);
    /// Returns the offering amount in units of the currency, such as 250,000,000 for `250.0` and `M`.
    ///
    /// `None` if the amount or its unit is empty, or the unit is not documented.
    offering_amount_full -> Option<Decimal>, Option<Decimal> = |attribute| {
        let unit = OfferingAmountCode::from_code(attribute.offering_amount_code?).ok()?;
        multiplied(attribute.offering_amount?, match unit {
            OfferingAmountCode::Thousands => 3,
            OfferingAmountCode::Millions => 6,
            OfferingAmountCode::Billions => 9,
        })
    };
} }

/// Joins parts without a separator and drops blanks at both ends.
fn joined<'a>(parts: &[Option<&'a str>]) -> Cow<'a, str> {
    let mut present = parts.iter().copied().flatten();
    let first = present.next().unwrap_or_default();
    match present.next() {
        None => Cow::Borrowed(first.trim_matches(' ')),
        Some(second) => {
            let mut text = [first, second].concat();
            text.extend(present);
            Cow::Owned(text.trim_matches(' ').to_owned())
        }
    }
}

/// Multiplies a number by a power of ten.
fn multiplied(number: Decimal, zeros: u8) -> Option<Decimal> {
    let fewer_decimals = zeros.min(number.scale());
    let factor = 10_i128.pow(u32::from(zeros - fewer_decimals));
    let coefficient = number.coefficient().checked_mul(factor)?;
    Decimal::new(coefficient, number.scale() - fewer_decimals)
}
