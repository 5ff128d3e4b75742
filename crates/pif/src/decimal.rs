//! Exact decimal numbers that keep trailing zeros.

use std::fmt;
use std::str;

/// A sign, a zero before the decimal point, the point, and all digits.
const MOST_CHARACTERS: usize = Decimal::MAX_DIGITS + 3;

/// An exact decimal number: an integer coefficient and the number of decimal places.
///
/// `4.50` is the coefficient 450 with scale 2, so it keeps its trailing zero. `4.50` and `4.5` are
/// not equal: [`PartialEq`] compares the written form, not the numeric value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    coefficient: i128,
    scale: u8,
}

impl Decimal {
    /// The maximum number of digits.
    pub const MAX_DIGITS: usize = 38;

    /// Creates the number `coefficient` divided by ten to the power of `scale`.
    ///
    /// Returns `None` if the coefficient has more than [`MAX_DIGITS`](Self::MAX_DIGITS) digits or the
    /// scale is larger than that.
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

    /// Returns all digits as an integer, with the sign.
    #[must_use]
    pub const fn coefficient(self) -> i128 {
        self.coefficient
    }

    /// Returns the number of digits after the decimal point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Appends the number with all its digits. Faster than formatting it with `Display`.
    ///
    /// ```
    /// # use cusip_pif::Decimal;
    /// let mut line = b"at ".to_vec();
    /// Decimal::new(450, 2).expect("few digits").append_to(&mut line);
    /// assert_eq!(line, b"at 4.50");
    /// ```
    pub fn append_to(self, text: &mut Vec<u8>) {
        text.extend_from_slice(self.text(&mut [0; MOST_CHARACTERS]));
    }

    /// Writes the number into the end of the buffer, last digit first, and returns that part.
    fn text(self, buffer: &mut [u8; MOST_CHARACTERS]) -> &[u8] {
        let mut start = MOST_CHARACTERS;
        let mut put = |character| {
            start -= 1;
            buffer[start] = character;
        };
        let mut digits = self.coefficient.unsigned_abs();
        let mut count = 0;
        loop {
            // 128-bit division is slow and hardly ever needed.
            let digit = match u64::try_from(digits) {
                Ok(few) => {
                    digits = u128::from(few / 10);
                    few % 10
                }
                Err(_) => {
                    let digit = digits % 10;
                    digits /= 10;
                    digit as u64
                }
            };
            put(b'0' + digit as u8);
            count += 1;
            if count == self.scale {
                put(b'.');
            } else if digits == 0 && count > self.scale {
                break;
            }
        }
        if self.coefficient < 0 {
            put(b'-');
        }
        &buffer[start..]
    }
}

/// Writes the number with all its digits, such as `4.8125`, `-0.50` or `1000`.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; MOST_CHARACTERS];
        let text = str::from_utf8(self.text(&mut buffer));
        formatter.write_str(text.expect("digits, point and sign are ASCII"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Computes the same with arithmetic and `format!`.
    fn by_arithmetic(decimal: Decimal) -> String {
        let sign = if decimal.coefficient < 0 { "-" } else { "" };
        let digits = decimal.coefficient.unsigned_abs();
        let width = usize::from(decimal.scale);
        if width == 0 {
            return format!("{sign}{digits}");
        }
        let unit = 10_u128.pow(u32::from(decimal.scale));
        format!("{sign}{}.{:0width$}", digits / unit, digits % unit)
    }

    proptest! {
        #[test]
        fn display_agrees_with_arithmetic(
            coefficient in prop_oneof![any::<i128>(), any::<i64>().prop_map(i128::from), -99..=99_i128],
            scale in 0..=38_u8,
        ) {
            if let Some(decimal) = Decimal::new(coefficient, scale) {
                prop_assert_eq!(decimal.to_string(), by_arithmetic(decimal));
            }
        }
    }

    #[test]
    fn display_shows_every_digit() {
        let shown = |coefficient, scale| Decimal::new(coefficient, scale).unwrap().to_string();
        assert_eq!(shown(48_125, 4), "4.8125");
        assert_eq!(shown(450, 2), "4.50");
        assert_eq!(shown(-5, 1), "-0.5");
        assert_eq!(shown(5, 3), "0.005");
        assert_eq!(shown(1_000, 0), "1000");
        assert_eq!(shown(0, 2), "0.00");
        assert_eq!(
            shown(1 - 10_i128.pow(38), 38),
            format!("-0.{}", "9".repeat(38))
        );
    }

    #[test]
    fn too_many_digits_are_refused() {
        assert!(Decimal::new(10_i128.pow(38) - 1, 38).is_some());
        assert!(Decimal::new(10_i128.pow(38), 0).is_none());
        assert!(Decimal::new(0, 39).is_none());
    }
}
