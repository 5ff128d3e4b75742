//! The check digit of ANSI X9.6, "modulus 10 double add double".

/// The entry in [`ADDENDS`] of a character that is not allowed in an identifier.
const NOT_ALLOWED: u8 = u8::MAX;

/// What each character adds to the sum: at an even index, and doubled at an odd index.
const ADDENDS: [[u8; 256]; 2] = addends();

/// Computes the check digit of a number, as a character from `0` to `9`.
///
/// For a CUSIP, pass the eight characters of issuer and issue number. Returns `None` if the number
/// contains a character outside `0-9 A-Z * @ #`.
///
/// The algorithm: digits have their own value, letters are 10 (`A`) to 35 (`Z`), and `*`, `@` and `#`
/// are 36, 37 and 38. Double the value of every second character, and add the decimal digits of all
/// values. The check digit completes the sum to a multiple of ten.
///
/// ```
/// assert_eq!(cusip_pif::check_digit(b"03783310"), Some('0'));
/// assert_eq!(cusip_pif::check_digit(b"17275r10"), None);
/// ```
#[must_use]
#[inline]
pub fn check_digit(number: &[u8]) -> Option<char> {
    let mut sum = 0;
    let mut all_allowed = true;
    for (index, &character) in number.iter().enumerate() {
        let addend = ADDENDS[index % 2][character as usize];
        all_allowed &= addend != NOT_ALLOWED;
        sum += u32::from(addend);
    }
    let digit = (10 - sum % 10) % 10;
    all_allowed.then_some(char::from(b'0' + digit as u8))
}

/// Returns whether a character has a value, so that it is allowed in an identifier.
#[inline]
pub(super) const fn has_value(character: u8) -> bool {
    ADDENDS[0][character as usize] != NOT_ALLOWED
}

const fn addends() -> [[u8; 256]; 2] {
    let mut addends = [[NOT_ALLOWED; 256]; 2];
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

/// Returns the value of a character, from 0 to 38, if it is allowed in an identifier.
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

    /// Computes the check digit the plain way, character by character.
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
        fn check_digit_agrees_with_the_plain_algorithm(number in "[0-9A-Z*@#]{0,12}|[ -~]{0,9}|\\PC{0,4}") {
            prop_assert_eq!(check_digit(number.as_bytes()), by_the_rule(number.as_bytes()));
        }
    }

    #[test]
    fn exactly_the_allowed_bytes_have_a_value() {
        for byte in 0..=u8::MAX {
            assert_eq!(has_value(byte), value(byte).is_some(), "{byte}");
        }
    }
}
