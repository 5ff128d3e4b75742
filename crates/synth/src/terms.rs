//! The terms of a security: dates, interest and rate.

use cusip_pif::{Date, Decimal, PaymentFrequency};

use crate::calendar::Month;
use crate::class::Class;
use crate::draw::Draws;

/// The maximum number of months since the last change of a record.
pub(crate) const LONGEST_AGE: i32 = 180;

const FREQUENCIES: [PaymentFrequency; 10] = [
    PaymentFrequency::Daily,
    PaymentFrequency::Weekly,
    PaymentFrequency::Monthly,
    PaymentFrequency::Quarterly,
    PaymentFrequency::SemiAnnually,
    PaymentFrequency::Annually,
    PaymentFrequency::AtMaturity,
    PaymentFrequency::ZeroCoupon,
    PaymentFrequency::SemiMonthly,
    PaymentFrequency::NotApplicable,
];

/// The terms of a security: dates, interest and rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// The age of the security in months, at least 1 unless it was added on a day.
    pub(crate) age: i32,
    pub(crate) interest: Interest,
    pub(crate) frequency: Option<PaymentFrequency>,
    pub(crate) dated: Option<Date>,
    pub(crate) first_coupon: Option<Date>,
    pub(crate) maturity: Option<Date>,
    pub(crate) rate: Option<Decimal>,
}

impl Terms {
    /// Draws the terms of a security of this class.
    pub(crate) fn draw(
        class: Class,
        anchor: Month,
        added: Option<Date>,
        draws: &mut Draws,
    ) -> Self {
        let interest = interest(class, draws);
        let frequency = frequency(class, interest, draws);
        let mut terms = Self {
            interest,
            frequency,
            rate: rate(interest, draws),
            age: LONGEST_AGE,
            dated: None,
            first_coupon: None,
            maturity: None,
        };
        if !class.is_debt() && !matches!(class, Class::Warrant | Class::Right) {
            return terms;
        }
        let months = months(class, draws);
        let (anchor, age) = match added {
            Some(date) => (Month::of(date), 0),
            None => (
                anchor,
                1 + draws.below((months + months / 4 + 1) as u32) as i32,
            ),
        };
        terms.age = age;
        let day = draws.pick(&[1, 1, 1, 15, 15, 15, 8, 20, 28]);
        let dated = anchor - age;
        if class.is_debt() {
            terms.dated = draws.mostly(dated.day(day));
            terms.first_coupon = frequency
                .and_then(months_to_first_coupon)
                .filter(|&coupon| coupon < months)
                .map(|coupon| (dated + coupon).day(day));
        }
        terms.maturity = draws.mostly((dated + months).day(day));
        terms
    }
}

/// The type of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    None,
    Fixed,
    Floating,
    Zero,
}

/// Draws the number of months from issue to maturity.
fn months(class: Class, draws: &mut Draws) -> i32 {
    let years = |draws: &mut Draws, low, high| 12 * draws.between(low, high) as i32;
    match class {
        Class::Right => draws.pick(&[1, 2]),
        Class::TreasuryBill => draws.pick(&[1, 3, 6, 12]),
        Class::Anticipation => draws.pick(&[6, 9, 12]),
        Class::TreasuryNote => draws.pick(&[24, 36, 60, 84, 120]),
        Class::TreasuryBond => draws.pick(&[240, 360]),
        Class::Warrant | Class::Convertible => years(draws, 3, 7),
        Class::MediumTerm => years(draws, 1, 10),
        Class::PrivateNote | Class::AgencyNote => years(draws, 2, 15),
        Class::SovereignBond | Class::Certificate => years(draws, 5, 30),
        _ => years(draws, 1, 30),
    }
}

/// Draws the type of interest.
fn interest(class: Class, draws: &mut Draws) -> Interest {
    match class {
        Class::TreasuryBill | Class::Strip => Interest::Zero,
        Class::Preferred => Interest::Fixed,
        Class::GeneralObligation | Class::Revenue if draws.percent(4) => Interest::Zero,
        Class::Note | Class::MediumTerm | Class::Certificate | Class::AgencyNote
            if draws.percent(6) =>
        {
            Interest::Floating
        }
        _ if class.is_debt() => Interest::Fixed,
        _ => Interest::None,
    }
}

fn frequency(class: Class, interest: Interest, draws: &mut Draws) -> Option<PaymentFrequency> {
    if interest == Interest::None {
        return draws.pick_at(30, &[PaymentFrequency::NotApplicable]);
    }
    if draws.one_in(50) && interest == Interest::Fixed {
        return Some(draws.pick(&FREQUENCIES));
    }
    Some(match class {
        Class::TreasuryBill | Class::Anticipation => PaymentFrequency::AtMaturity,
        _ if interest == Interest::Zero => PaymentFrequency::ZeroCoupon,
        Class::Certificate => PaymentFrequency::Monthly,
        Class::Preferred => PaymentFrequency::Quarterly,
        _ if interest == Interest::Floating => PaymentFrequency::Quarterly,
        Class::SovereignBond => PaymentFrequency::Annually,
        _ => PaymentFrequency::SemiAnnually,
    })
}

const fn months_to_first_coupon(frequency: PaymentFrequency) -> Option<i32> {
    match frequency {
        PaymentFrequency::Daily
        | PaymentFrequency::Weekly
        | PaymentFrequency::SemiMonthly
        | PaymentFrequency::Monthly => Some(1),
        PaymentFrequency::Quarterly => Some(3),
        PaymentFrequency::SemiAnnually => Some(6),
        PaymentFrequency::Annually => Some(12),
        _ => None,
    }
}

fn rate(interest: Interest, draws: &mut Draws) -> Option<Decimal> {
    let (coefficient, scale) = match interest {
        Interest::None => return None,
        Interest::Zero => (0, 3),
        Interest::Fixed | Interest::Floating => match draws.below(100) {
            0..60 => (125 * draws.between(1, 72), 3),
            60..90 => (50 * draws.between(2, 190), 3),
            90..95 => (draws.between(100, 12_999), 3),
            95..98 => (625 * draws.between(1, 160), 4),
            98 => (draws.between(10_000, 999_999), 5),
            _ => (draws.between(100_000, 9_999_999), 6),
        },
    };
    Decimal::new(coefficient.into(), scale)
}
