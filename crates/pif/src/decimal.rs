//! An exact decimal number that keeps every digit it came with.

use std::fmt;

/// An exact decimal number: a whole coefficient and the number of its digits after the point.
///
/// `4.50` keeps its trailing zero: it is the coefficient 450 with scale 2, and differs from `4.5`
/// in [`PartialEq`], which compares what was written rather than the numeric value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    coefficient: i128,
    scale: u8,
}

impl Decimal {
    /// The most digits that a decimal can hold.
    pub const MAX_DIGITS: usize = 38;

    /// Makes the number `coefficient` divided by ten to the power of `scale`.
    ///
    /// Nothing is returned for a coefficient or a scale of more than
    /// [`MAX_DIGITS`](Self::MAX_DIGITS) digits.
    #[must_use]
    pub const fn new(coefficient: i128, scale: u8) -> Option<Self> {
        let fits = coefficient.unsigned_abs() < 10_u128.pow(Self::MAX_DIGITS as u32)
            && scale as usize <= Self::MAX_DIGITS;
        if fits {
            Some(Self { coefficient, scale })
        } else {
            None
        }
    }

    /// Returns all digits as one whole number, with the sign.
    #[must_use]
    pub const fn coefficient(self) -> i128 {
        self.coefficient
    }

    /// Returns how many of the digits stand after the decimal point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }
}

/// Shows the number with all its digits, e.g. `4.8125`, `-0.50` or `1000`.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.coefficient < 0 {
            formatter.write_str("-")?;
        }
        let digits = self.coefficient.unsigned_abs();
        if self.scale == 0 {
            return write!(formatter, "{digits}");
        }
        let unit = 10_u128.pow(u32::from(self.scale));
        let (whole, decimals) = (digits / unit, digits % unit);
        write!(
            formatter,
            "{whole}.{decimals:0width$}",
            width = usize::from(self.scale)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_shown() {
        let shown = |coefficient, scale| Decimal::new(coefficient, scale).unwrap().to_string();
        assert_eq!(shown(48_125, 4), "4.8125");
        assert_eq!(shown(450, 2), "4.50");
        assert_eq!(shown(-5, 1), "-0.5");
        assert_eq!(shown(5, 3), "0.005");
        assert_eq!(shown(1_000, 0), "1000");
        assert_eq!(shown(0, 2), "0.00");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Decimal::new(10_i128.pow(38) - 1, 38).is_some());
        assert!(Decimal::new(10_i128.pow(38), 0).is_none());
        assert!(Decimal::new(0, 39).is_none());
    }
}
