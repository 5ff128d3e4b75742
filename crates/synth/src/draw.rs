//! Reproducible random draws that can start at any record of a day.
//!
//! The generator is `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number
//! generators", 2014). It is implemented here and not taken from a crate, because days must stay the
//! same in every release. With its one word of state, each record can have its own sequence.

const GOLDEN_RATIO: u64 = 0x9e37_79b9_7f4a_7c15;

/// The purpose of a sequence of draws. Sequences for different purposes are independent.
///
/// Do not change the numbers: they keep days the same in every release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    IssuerNumber = 1,
    Profile = 2,
    Name = 3,
    IssuerRecord = 4,
    IssueNumber = 5,
    Security = 6,
    IssueRecord = 7,
    AttributeRecord = 8,
    ChangedIssuers = 9,
    ChangedIssues = 10,
    ChangedAttributes = 11,
    AddedIssuers = 12,
    AddedIssues = 13,
}

/// A sequence of random draws.
#[derive(Debug, Clone)]
pub(crate) struct Draws {
    state: u64,
}

impl Draws {
    /// Starts the sequence for a purpose and a place, such as the index of an issuer.
    pub(crate) const fn new(seed: u64, purpose: Purpose, place: u64) -> Self {
        let stream = scramble(seed.wrapping_add((purpose as u64).wrapping_mul(GOLDEN_RATIO)));
        Self {
            state: scramble(stream.wrapping_add(place.wrapping_mul(GOLDEN_RATIO))),
        }
    }

    /// Draws a number from 0 up to, but not including, `bound`, which must not be 0.
    pub(crate) const fn below(&mut self, bound: u32) -> u32 {
        self.state = self.state.wrapping_add(GOLDEN_RATIO);
        let high = scramble(self.state) >> 32;
        ((high * bound as u64) >> 32) as u32
    }

    /// Draws a number from `low` to `high`, including both.
    pub(crate) const fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// Draws an index from `low` up to, but not including, `high`.
    pub(crate) const fn index(&mut self, low: u64, high: u64) -> u64 {
        low + self.below((high - low) as u32) as u64
    }

    /// Returns true with this chance in percent.
    pub(crate) const fn percent(&mut self, chances: u32) -> bool {
        self.below(100) < chances
    }

    /// Returns true with a chance of one in `many`.
    pub(crate) const fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    /// Draws one of the choices, which must not be empty.
    pub(crate) const fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// Draws one of the choices with this chance in percent, and otherwise returns `None`.
    pub(crate) const fn pick_at<T: Copy>(&mut self, chances: u32, choices: &[T]) -> Option<T> {
        if self.percent(chances) {
            Some(self.pick(choices))
        } else {
            None
        }
    }

    /// Returns the value, or `None` in one of 256 cases.
    ///
    /// For fields that have a value in practice, but may be empty.
    pub(crate) fn mostly<T>(&mut self, value: T) -> Option<T> {
        (!self.one_in(256)).then_some(value)
    }
}

const fn scramble(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the first outputs of the reference implementation for the seed 1234567.
    #[test]
    fn the_generator_is_splitmix64() {
        let outputs = (1..=5_u64)
            .map(|step| scramble(1_234_567_u64.wrapping_add(GOLDEN_RATIO.wrapping_mul(step))));
        assert!(outputs.eq([
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]));
    }

    #[test]
    fn draws_include_both_ends_and_stay_between_them() {
        let mut draws = Draws::new(1, Purpose::Profile, 0);
        let drawn: Vec<u32> = (0..1_000).map(|_| draws.between(3, 6)).collect();
        assert_eq!(drawn.iter().min(), Some(&3));
        assert_eq!(drawn.iter().max(), Some(&6));
    }

    #[test]
    fn each_purpose_and_place_has_its_own_sequence() {
        let first = |purpose, place| Draws::new(1, purpose, place).below(u32::MAX);
        assert_ne!(first(Purpose::Profile, 0), first(Purpose::Name, 0));
        assert_ne!(first(Purpose::Profile, 0), first(Purpose::Profile, 1));
    }
}
