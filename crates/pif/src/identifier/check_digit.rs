//! The check digit of ANSI X9.6, "modulus 10 double add double".

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
pub fn check_digit(number: &[u8]) -> Option<char> {
    let mut sum = 0;
    for (index, &character) in number.iter().enumerate() {
        let value = value(character)? << (index % 2);
        sum += u32::from(value / 10 + value % 10);
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// Returns what a character counts, 0 to 38, if it may stand in an identifier.
pub(super) const fn value(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'A'..=b'Z' => Some(character - b'A' + 10),
        b'*' => Some(36),
        b'@' => Some(37),
        b'#' => Some(38),
        _ => None,
    }
}
