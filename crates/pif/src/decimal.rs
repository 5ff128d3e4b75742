//! Exact decimal numbers that keep trailing zeros.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::str::{self, FromStr};

/// A sign, a zero before the decimal point, the point, and all digits.
const MOST_CHARACTERS: usize = Decimal::MAX_DIGITS + 3;

/// An exact decimal number: an integer coefficient and the number of decimal places.
///
/// `4.50` is the coefficient 450 with scale 2, so it keeps its trailing zero. `4.50` and `4.5` are
/// not equal: [`PartialEq`] compares the written form, not the numeric value. [`Ord`] compares the
/// numeric value first, and puts the number with fewer decimal places first if the values are equal.
///
/// ```
/// use cusip_pif::Decimal;
///
/// let rate: Decimal = "4.50".parse()?;
/// assert_eq!((rate.coefficient(), rate.scale()), (450, 2));
/// assert_eq!(rate.rescale(6), Decimal::new(4_500_000, 6));
/// assert!(rate < "4.6".parse()?);
/// # Ok::<(), cusip_pif::InvalidDecimal>(())
/// ```
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

    /// Returns the same value with this number of decimal places.
    ///
    /// Returns `None` if that would drop a digit other than zero, or if the number would have more
    /// than [`MAX_DIGITS`](Self::MAX_DIGITS) digits. Never rounds.
    #[must_use]
    pub const fn rescale(self, scale: u8) -> Option<Self> {
        if scale as usize > Self::MAX_DIGITS {
            return None;
        }
        if scale >= self.scale {
            let factor = 10_i128.pow((scale - self.scale) as u32);
            return match self.coefficient.checked_mul(factor) {
                Some(coefficient) => Self::new(coefficient, scale),
                None => None,
            };
        }
        let divisor = 10_i128.pow((self.scale - scale) as u32);
        if self.coefficient % divisor == 0 {
            Self::new(self.coefficient / divisor, scale)
        } else {
            None
        }
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

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |decimal: &Self| {
            let unit = 10_i128.pow(u32::from(decimal.scale));
            (decimal.coefficient / unit, decimal.coefficient % unit)
        };
        let ((whole, rest), (other_whole, other_rest)) = (parts(self), parts(other));
        // Both rests fit if they have as many digits as the longer one, since each has at most 38.
        let scale = self.scale.max(other.scale);
        let digits = |rest, of: &Self| rest * 10_i128.pow(u32::from(scale - of.scale));
        whole
            .cmp(&other_whole)
            .then_with(|| digits(rest, self).cmp(&digits(other_rest, other)))
            .then(self.scale.cmp(&other.scale))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads an optional sign and digits with an optional decimal point, keeping every decimal place.
impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mut coefficient, mut scale, mut has_digits) = (0_i128, None, false);
        for byte in digits {
            match byte {
                b'.' if scale.is_none() => scale = Some(0_u8),
                b'0'..=b'9' => {
                    has_digits = true;
                    scale = scale.map(|scale| scale.saturating_add(1));
                    coefficient = (coefficient.checked_mul(10))
                        .and_then(|number| number.checked_add(i128::from(byte - b'0')))
                        .ok_or(InvalidDecimal)?;
                }
                _ => return Err(InvalidDecimal),
            }
        }
        let signed = if negative { -coefficient } else { coefficient };
        let decimal = Self::new(signed, scale.unwrap_or_default());
        decimal.filter(|_| has_digits).ok_or(InvalidDecimal)
    }
}

/// The error for a string that is not a decimal number of at most 38 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number of at most 38 digits, such as 4.125")]
#[non_exhaustive]
pub struct InvalidDecimal;

/// Writes the number with all its digits, such as `4.8125`, `-0.50` or `1000`.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; MOST_CHARACTERS];
        let text = str::from_utf8(self.text(&mut buffer));
        formatter.pad(text.expect("digits, point and sign are ASCII"))
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

    fn decimal() -> impl Strategy<Value = Decimal> {
        let coefficient = prop_oneof![
            -(10_i128.pow(38) - 1)..10_i128.pow(38),
            any::<i64>().prop_map(i128::from),
            -99..=99_i128,
        ];
        (coefficient, 0..=38_u8)
            .prop_map(|(coefficient, scale)| Decimal::new(coefficient, scale).unwrap())
    }

    /// Compares the numbers digit by digit, as text with 38 digits before and after the point.
    fn by_text(left: Decimal, right: Decimal) -> Ordering {
        let text = |decimal: Decimal| {
            let shown = decimal.to_string();
            let unsigned = shown.trim_start_matches('-');
            let (whole, rest) = unsigned.split_once('.').unwrap_or((unsigned, ""));
            format!("{whole:0>38}{rest:0<38}")
        };
        let zero = "0".repeat(76);
        let sign = |decimal: Decimal| {
            if text(decimal) == zero {
                0
            } else {
                decimal.coefficient.signum()
            }
        };
        let magnitudes = text(left).cmp(&text(right));
        let values = sign(left).cmp(&sign(right)).then(match sign(left) {
            -1 => magnitudes.reverse(),
            _ => magnitudes,
        });
        values.then(left.scale.cmp(&right.scale))
    }

    proptest! {
        #[test]
        fn order_agrees_with_comparing_texts(left in decimal(), right in decimal()) {
            prop_assert_eq!(left.cmp(&right), by_text(left, right));
            prop_assert_eq!(left.cmp(&left), Ordering::Equal);
        }

        #[test]
        fn displayed_number_is_read_back(decimal in decimal()) {
            prop_assert_eq!(decimal.to_string().parse(), Ok(decimal));
        }

        #[test]
        fn rescaled_number_has_the_same_value(decimal in decimal(), scale in 0..=40_u8) {
            if let Some(rescaled) = decimal.rescale(scale) {
                prop_assert_eq!(rescaled.scale(), scale);
                prop_assert_eq!(rescaled.rescale(decimal.scale()), Some(decimal));
            }
        }
    }

    #[test]
    fn number_is_rescaled_but_never_rounded() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(decimal("4.50").rescale(1), Some(decimal("4.5")));
        assert_eq!(decimal("4.55").rescale(1), None);
        assert_eq!(
            decimal("45").rescale(36),
            Decimal::new(45 * 10_i128.pow(36), 36)
        );
        assert_eq!(decimal("45").rescale(37), None);
        assert_eq!(decimal("0").rescale(39), None);
    }

    #[test]
    fn other_text_is_not_a_number() {
        for text in [
            "",
            "-",
            ".",
            "1..2",
            "1e5",
            " 1",
            "1 ",
            "--1",
            &"9".repeat(39),
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(InvalidDecimal), "{text:?}");
        }
        for (text, shown) in [
            (".5", "0.5"),
            ("5.", "5"),
            ("+007", "7"),
            ("-0.50", "-0.50"),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), shown);
        }
        let padded = format!("{:>8}", "4.50".parse::<Decimal>().unwrap());
        assert_eq!(padded, "    4.50");
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
