//! The check digit of ANSI X9.6, "modulus 10 double add double".

/// What stands in [`ADDENDS`] for a character that cannot stand in an identifier.
const NOTHING: u8 = u8::MAX;

/// What each character adds to the sum, at an even index and, doubled, at an odd one.
const ADDENDS: [[u8; 256]; 2] = addends();

/// Computes the check digit over the characters of a number, as the character `0` to `9`.
///
/// For a CUSIP the number is the eight characters of issuer and issue number together. Digits count
/// as themselves, `A` as 10 to `Z` as 35, `*`, `@` and `#` as 36, 37 and 38; the value of every
/// second character is doubled; the decimal digits of all values are added; the check digit brings
/// the sum to a multiple of ten. Nothing is returned when another character is among them.
///
/// ```
/// assert_eq!(cusip_pif::check_digit(b"03783310"), Some('0'));
/// assert_eq!(cusip_pif::check_digit(b"17275r10"), None);
/// ```
#[must_use]
#[inline]
pub fn check_digit(number: &[u8]) -> Option<char> {
    let mut sum = 0;
    let mut all_count = true;
    for (index, &character) in number.iter().enumerate() {
        let addend = ADDENDS[index % 2][character as usize];
        all_count &= addend != NOTHING;
        sum += u32::from(addend);
    }
    let digit = (10 - sum % 10) % 10;
    all_count.then_some(char::from(b'0' + digit as u8))
}

/// Tells whether a character may stand in an identifier.
#[inline]
pub(super) const fn counts(character: u8) -> bool {
    ADDENDS[0][character as usize] != NOTHING
}

const fn addends() -> [[u8; 256]; 2] {
    let mut addends = [[NOTHING; 256]; 2];
    let mut character = 0;
    while character < 256 {
        if let Some(value) = value(character as u8) {
            let doubled = 2 * value;
            addends[0][character] = value / 10 + value % 10;
            addends[1][character] = doubled / 10 + doubled % 10;
        }
        character += 1;
    }
    addends
}

/// Returns what a character counts, 0 to 38, if it may stand in an identifier.
const fn value(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'A'..=b'Z' => Some(character - b'A' + 10),
        b'*' => Some(36),
        b'@' => Some(37),
        b'#' => Some(38),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule as it is written down, character by character.
    fn by_the_rule(number: &[u8]) -> Option<char> {
        let mut sum = 0;
        for (index, &character) in number.iter().enumerate() {
            let value = u32::from(value(character)?) << (index % 2);
            sum += value / 10 + value % 10;
        }
        char::from_digit((10 - sum % 10) % 10, 10)
    }

    proptest! {
        #[test]
        fn check_digit_is_that_of_the_rule(number in "[0-9A-Z*@#]{0,12}|[ -~]{0,9}|\\PC{0,4}") {
            prop_assert_eq!(check_digit(number.as_bytes()), by_the_rule(number.as_bytes()));
        }
    }

    #[test]
    fn every_byte_counts_or_does_not() {
        for byte in 0..=u8::MAX {
            assert_eq!(counts(byte), value(byte).is_some(), "{byte}");
        }
    }
}
