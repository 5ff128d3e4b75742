//! Issuer and issue numbers: unique, ascending with the index, and realistic.
//!
//! All possible numbers, in byte order, are divided evenly among the indexes, and each index draws one
//! from its share. So a number does not depend on the numbers before it.

use cusip_pif::{IssueNum, IssuerNum};

use crate::draw::{Draws, Purpose};

/// The maximum number of issuers in a day.
pub(crate) const MOST_ISSUERS: u32 = 3_500_000;
/// The maximum number of issues for an issuer, however many are equities.
pub(crate) const MOST_ISSUES: u16 = (LETTERS.len() * CHARACTERS.len()) as u16;
/// The maximum number of equities of an issuer, whose numbers are two digits.
pub(crate) const MOST_EQUITIES: u16 = 90;
/// The maximum number of debts whose numbers leave room for more debts after them.
pub(crate) const MOST_FEW: u16 = (LETTERS.len() * LETTERS.len()) as u16 / 2;

/// One issuer in this many is foreign; its number starts with a letter for the country.
const FOREIGN_SHARE: u32 = 20;
/// The first letters of foreign issuer numbers, each for a country or region.
const COUNTRY_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRSTUVWXY";
/// `I` and `O` are missing because they look like digits.
const LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const CHARACTERS: &[u8; 34] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// The marks of private placements.
const MARKS: [u8; 3] = *b"#*@";
/// Excludes issuer numbers from 990000, which are reserved for users' own securities. The number of
/// the trailer, 999999, is among them.
const DOMESTIC_NUMBERS: u64 = 99_000 * CHARACTERS.len() as u64;
const FOREIGN_NUMBERS: u64 = COUNTRY_LETTERS.len() as u64 * 10_000 * CHARACTERS.len() as u64;

/// Returns the number of the issuer with this index, out of `issuers`.
pub(crate) fn issuer(seed: u64, index: u32, issuers: u32) -> IssuerNum {
    let mut draws = Draws::new(seed, Purpose::IssuerNumber, u64::from(index));
    let (cell, is_domestic) = issuer_cell(index, issuers);
    let (body, last) = cell.draw(&mut draws, CHARACTERS, Marks::OneIn(32));
    issuer_number(body, last, is_domestic)
}

/// Returns the number of an issuer added later, from the share of the issuer with this index.
///
/// Numbers of different distances, from 1 up to but not including [`issuer_room`], are unique.
pub(crate) fn added_issuer(seed: u64, index: u32, issuers: u32, distance: u32) -> IssuerNum {
    let mut draws = Draws::new(seed, Purpose::IssuerNumber, u64::from(index));
    let (cell, is_domestic) = issuer_cell(index, issuers);
    let taken = draws.index(cell.low, cell.high);
    let number = cell.low + (taken - cell.low + u64::from(distance)) % (cell.high - cell.low);
    let (body, last) = split(number, CHARACTERS);
    issuer_number(body, last, is_domestic)
}

/// Returns how many numbers there are for each of the issuers.
pub(crate) fn issuer_room(issuers: u32) -> u64 {
    let domestic = issuers - issuers / FOREIGN_SHARE;
    DOMESTIC_NUMBERS / u64::from(domestic).max(1)
}

fn issuer_cell(index: u32, issuers: u32) -> (Cell, bool) {
    let domestic = issuers - issuers / FOREIGN_SHARE;
    if index < domestic {
        let cell = Cell::share(index.into(), domestic.into(), DOMESTIC_NUMBERS);
        return (cell, true);
    }
    let foreign = (issuers - domestic).into();
    let cell = Cell::share((index - domestic).into(), foreign, FOREIGN_NUMBERS);
    (cell, false)
}

fn issuer_number(body: u64, last: u8, is_domestic: bool) -> IssuerNum {
    let digit = |unit: u64| b'0' + (body / unit % 10) as u8;
    let first = if is_domestic {
        digit(10_000)
    } else {
        COUNTRY_LETTERS[(body / 10_000) as usize]
    };
    IssuerNum::new([first, digit(1_000), digit(100), digit(10), digit(1), last])
        .expect("every character is allowed in a number")
}

/// Returns the number of the issue with this index, out of an issuer's equities and debts.
///
/// Equities come first and have two digits. Debts start with a letter. If an issuer has few debts, the
/// index may be beyond them, for an issue added later, up to [`MOST_FEW`] debts.
pub(crate) fn issue(
    seed: u64,
    issuer: u32,
    index: u16,
    equities: u16,
    debts: u16,
    marks: Marks,
) -> IssueNum {
    let characters = if index < equities {
        let number = if equities < 10 {
            10 * (index + 1)
        } else {
            10 + index * MOST_EQUITIES / equities
        };
        [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
    } else {
        let place = u64::from(issuer) << 16 | u64::from(index);
        let mut draws = Draws::new(seed, Purpose::IssueNumber, place);
        let index = u64::from(index - equities);
        let few = debts <= MOST_FEW;
        let (body, last) = if few {
            let cell = Cell {
                low: index * 2,
                high: index * 2 + 2,
            };
            cell.draw(&mut draws, LETTERS, marks)
        } else {
            let cell = Cell::share(index, debts.into(), MOST_ISSUES.into());
            cell.draw(&mut draws, CHARACTERS, marks)
        };
        [LETTERS[body as usize], last]
    };
    IssueNum::new(characters).expect("every character is allowed in a number")
}

/// How often the last character marks a private placement, if there is room for a mark.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Marks {
    Never,
    OneIn(u32),
}

/// Returns whether the character marks a private placement.
pub(crate) fn is_private_mark(character: u8) -> bool {
    MARKS.contains(&character)
}

/// The range of numbers for one index: from `low` up to, but not including, `high`.
struct Cell {
    low: u64,
    high: u64,
}

impl Cell {
    const fn share(index: u64, indices: u64, numbers: u64) -> Self {
        Self {
            low: index * numbers / indices,
            high: (index + 1) * numbers / indices,
        }
    }

    /// Draws a number from the cell, and returns its body and its last character.
    ///
    /// The last character becomes a mark only if the cell contains the number that follows the mark in
    /// byte order. Then numbers stay unique and in order.
    fn draw(&self, draws: &mut Draws, last_characters: &[u8], marks: Marks) -> (u64, u8) {
        let number = draws.index(self.low, self.high);
        let (body, last) = split(number, last_characters);
        if let Marks::OneIn(many) = marks
            && draws.one_in(many)
        {
            let mark = draws.pick(&MARKS);
            let before = last_characters.partition_point(|&character| character < mark);
            let follower = body * last_characters.len() as u64 + before as u64;
            if (self.low..self.high).contains(&follower) {
                return (body, mark);
            }
        }
        (body, last)
    }
}

/// Splits a number into its body and its last character.
fn split(number: u64, last_characters: &[u8]) -> (u64, u8) {
    let base = last_characters.len() as u64;
    (number / base, last_characters[(number % base) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_strictly_ascending<T: PartialOrd>(numbers: impl Iterator<Item = T> + Clone) -> bool {
        numbers
            .clone()
            .zip(numbers.skip(1))
            .all(|(one, next)| one < next)
    }

    #[test]
    fn issuer_numbers_ascend_at_any_density() {
        for issuers in [1, 19, 20, 21, 1_000, 400_000, MOST_ISSUERS] {
            let numbers = (0..issuers).map(|index| issuer(7, index, issuers));
            assert!(is_strictly_ascending(numbers), "{issuers} issuers");
        }
    }

    #[test]
    fn added_issuers_have_numbers_of_their_own() {
        for issuers in [1, 21, 1_000, 50_000] {
            let room = issuer_room(issuers).min(30) as u32;
            assert!(room > 2, "{issuers} issuers");
            let mut before = None;
            for index in 0..issuers {
                let added = (1..room).map(|distance| added_issuer(7, index, issuers, distance));
                let mut numbers: Vec<_> = added.chain([issuer(7, index, issuers)]).collect();
                numbers.sort_unstable();
                assert!(before < numbers.first().copied(), "{index} of {issuers}");
                assert!(is_strictly_ascending(numbers.iter()), "{numbers:?}");
                before = numbers.last().copied();
            }
        }
    }

    #[test]
    fn issue_numbers_ascend_at_any_density() {
        for (equities, debts) in [
            (1, 0),
            (9, 0),
            (10, 3),
            (90, 0),
            (0, 288),
            (0, 289),
            (5, 811),
        ] {
            for issuer in 0..50 {
                let numbers = (0..equities + debts)
                    .map(|index| issue(7, issuer, index, equities, debts, Marks::OneIn(2)));
                assert!(is_strictly_ascending(numbers), "{equities} and {debts}");
            }
        }
        let numbers =
            (0..MOST_ISSUES).map(|index| issue(7, 0, index, 0, MOST_ISSUES, Marks::OneIn(2)));
        assert!(is_strictly_ascending(numbers));
    }

    #[test]
    fn all_shapes_of_numbers_occur() {
        let issuers: Vec<_> = (0..10_000).map(|index| issuer(7, index, 10_000)).collect();
        let last = |wanted: u8| {
            issuers
                .iter()
                .filter(move |number| number.as_bytes()[5] == wanted)
        };
        for mark in MARKS {
            let share = last(mark).count();
            assert!((20..400).contains(&share), "{} has {share}", mark as char);
        }
        let letter_first = |number: &&IssuerNum| number.as_bytes()[0].is_ascii_uppercase();
        assert_eq!(issuers.iter().filter(letter_first).count(), 500);
        let issues: Vec<_> = (0..1_000)
            .map(|index| issue(7, index, 1, 1, 9, Marks::OneIn(4)))
            .collect();
        for mark in MARKS {
            let marked = issues.iter().filter(|number| number.as_bytes()[1] == mark);
            assert!(marked.count() > 0, "{}", mark as char);
        }
    }
}
