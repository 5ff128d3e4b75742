//! Values in COPY's binary format, as the server's `varcharrecv`, `date_recv`, `int4recv` and
//! `numeric_recv` read them.

use cusip_pif::{Date, Decimal, Field, ValueVisitor};

use crate::binary_copy;

const DAYS_FROM_UNIX_EPOCH_TO_2000: i32 = 10_957;

/// Numbers are sent as digits in base 10,000.
const DECIMALS_PER_DIGIT: usize = 4;
const DIGIT_BASE: u128 = 10_000;
const NEGATIVE: u16 = 0x4000;

/// The integer part and the fraction are converted to the larger base separately.
const MOST_DIGITS: usize = 2 * Decimal::MAX_DIGITS.div_ceil(DECIMALS_PER_DIGIT);

/// Appends the values of a record.
pub(super) struct BinaryValues<'a>(pub(super) &'a mut Vec<u8>);

impl BinaryValues<'_> {
    #[inline]
    fn put(&mut self, value: Option<&[u8]>) {
        match value {
            Some(value) => binary_copy::put(self.0, value),
            None => binary_copy::put_null(self.0),
        }
    }
}

impl ValueVisitor for BinaryValues<'_> {
    #[inline]
    fn text(&mut self, _: &'static Field, value: Option<&str>) {
        self.put(value.map(str::as_bytes));
    }

    #[inline]
    fn date(&mut self, field: &'static Field, value: Option<Date>) {
        let days = value.map(|date| date.days_since_unix_epoch() - DAYS_FROM_UNIX_EPOCH_TO_2000);
        self.integer(field, days);
    }

    #[inline]
    fn integer(&mut self, _: &'static Field, value: Option<i32>) {
        let bytes = value.map(i32::to_be_bytes);
        self.put(bytes.as_ref().map(<[u8; 4]>::as_slice));
    }

    #[inline]
    fn decimal(&mut self, _: &'static Field, value: Option<Decimal>) {
        match value {
            Some(value) => put_number(self.0, value),
            None => self.put(None),
        }
    }
}

/// Appends the number of digits, the weight of the first one, the sign, the number of decimals, and the
/// digits, each in two bytes.
fn put_number(rows: &mut Vec<u8>, number: Decimal) {
    let mut digits = [0; MOST_DIGITS];
    let mut first = MOST_DIGITS;
    let mut put = |digit| {
        first -= 1;
        digits[first] = digit;
    };
    let scale = usize::from(number.scale());
    let mut rest = number.coefficient().unsigned_abs();
    // The last decimals, padded with zeros.
    let unpaired = scale % DECIMALS_PER_DIGIT;
    if unpaired > 0 {
        let fill = 10_u16.pow((DECIMALS_PER_DIGIT - unpaired) as u32);
        put(cut(&mut rest, 10_u128.pow(unpaired as u32)) * fill);
    }
    for _ in 0..scale / DECIMALS_PER_DIGIT {
        put(cut(&mut rest, DIGIT_BASE));
    }
    let behind_point = scale.div_ceil(DECIMALS_PER_DIGIT);
    while rest > 0 {
        put(cut(&mut rest, DIGIT_BASE));
    }
    let digits = &digits[first..];
    let weight = digits.len() as i16 - behind_point as i16 - 1;
    let sign = if number.coefficient() < 0 {
        NEGATIVE
    } else {
        0
    };

    let mut bytes = [0; 2 * (4 + MOST_DIGITS)];
    let head = [digits.len() as u16, weight as u16, sign, scale as u16];
    let words = head.iter().chain(digits);
    for (place, word) in bytes.chunks_exact_mut(2).zip(words) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    binary_copy::put(rows, &bytes[..2 * (head.len() + digits.len())]);
}

/// Removes the last digit, in a base of at most 10,000, from a number.
fn cut(rest: &mut u128, base: u128) -> u16 {
    // Dividing 128 bits is slow and rarely needed.
    let (quotient, digit) = match u64::try_from(*rest) {
        Ok(few) => {
            let base = base as u64;
            (u128::from(few / base), (few % base) as u16)
        }
        Err(_) => (*rest / base, (*rest % base) as u16),
    };
    *rest = quotient;
    digit
}
