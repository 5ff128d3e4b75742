//! ISINs, and the countries whose ISINs contain a CUSIP.

use alloc::vec::Vec;

/// The length of an ISIN: country, nine characters, check digit.
pub(super) const LENGTH: usize = 12;

/// The United States and their territories, and Canada, where securities have a CUSIP.
const WITH_CUSIP: [&str; 8] = ["AS", "CA", "GU", "MP", "PR", "UM", "US", "VI"];

/// Places whose ISINs contain a CUSIP or a CINS number, because CUSIP Global Services assigns them.
///
/// Collected from ISINs in use. The official division of countries among the agencies, with which the
/// list was not compared, is at <https://anna-web.org/anna-members/substitute-numbering-agencies>.
const WITH_EITHER: [&str; 25] = [
    "AG", "AI", "AN", "AW", "BM", "BS", "BZ", "CW", "DM", "FM", "GD", "GY", "HT", "KN", "KY", "LC",
    "MH", "MS", "PA", "PW", "SR", "SX", "TC", "VC", "VG",
];

/// Countries with an agency of their own, some of whose ISINs contain a CINS number, such as
/// ARP9897X1319 of YPF in Argentina.
const WITH_CINS: [&str; 8] = ["AR", "BB", "CL", "DO", "JM", "PH", "TT", "VE"];

/// Returns whether ISINs of a country contain this CUSIP, which is a CINS number if it begins with a
/// letter.
pub(super) fn contains(country: &str, cusip: &str) -> bool {
    let is_cins = cusip.starts_with(|first: char| first.is_ascii_uppercase());
    let countries = if is_cins { &WITH_CINS } else { &WITH_CUSIP };
    countries.contains(&country) || WITH_EITHER.contains(&country)
}

/// Returns whether every ISIN of a country contains a CUSIP.
pub(super) fn always_contain_cusips(country: &str) -> bool {
    WITH_CUSIP.contains(&country)
}

/// Computes the check digit of an ISIN from its first eleven characters (ISO 6166, annex A).
///
/// Replaces letters with their two-digit values and applies the Luhn formula to all digits. Returns
/// `None` if the characters are not two letters and nine letters or digits.
pub(super) fn check_digit(number: &str) -> Option<char> {
    let (country, rest) = number.split_at_checked(2)?;
    let is_form = country.bytes().all(|letter| letter.is_ascii_uppercase())
        && rest.len() == LENGTH - 3
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !is_form {
        return None;
    }
    let mut digits = Vec::with_capacity(2 * LENGTH);
    for value in number
        .chars()
        .filter_map(|character| character.to_digit(36))
    {
        if value >= 10 {
            digits.push(value / 10);
        }
        digits.push(value % 10);
    }
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(index, digit)| {
            if index % 2 == 0 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                *digit
            }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10)
}
