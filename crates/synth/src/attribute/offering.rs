//! Offering amounts.

use cusip_pif::{Decimal, OfferingAmountCode};

use crate::draw::Draws;

/// Draws an offering amount in this unit, mostly with one decimal place.
pub(super) fn offering(
    draws: &mut Draws,
    unit: OfferingAmountCode,
) -> (Option<Decimal>, &'static str) {
    let (coefficient, scale) = match draws.below(20) {
        0 => (draws.between(1, 999), 0),
        1..3 => (draws.between(1_000, 999_999), 3),
        _ => (draws.between(10, 9_999), 1),
    };
    (Decimal::new(coefficient.into(), scale), unit.code())
}
