//! Chooses the records that change.

use cusip_pif::Date;

use crate::draw::{Draws, Purpose};

/// A change of a record.
#[derive(Debug)]
pub(crate) struct Change {
    /// The number of the day in its sequence, or 0 for a day that stands alone.
    pub(crate) step: u32,
    pub(crate) date: Date,
    /// Decide how the record changes.
    pub(crate) draws: Draws,
}

/// The changes of all records of a file up to a day.
#[derive(Debug, Clone)]
pub(crate) struct Changes(Vec<Step>);

#[derive(Debug, Clone, Copy)]
struct Step {
    number: u32,
    date: Date,
    share: Share,
}

impl Changes {
    /// Changes a share of the records in each step, which has a number and a date.
    pub(crate) fn new(
        steps: impl Iterator<Item = (u32, Date)>,
        share: impl Fn(u32) -> Share,
    ) -> Self {
        let step = |(number, date)| Step {
            number,
            date,
            share: share(number),
        };
        Self(steps.map(step).collect())
    }

    /// Returns the number of changes in all steps.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|step| step.share.count()).sum()
    }

    /// Returns the number of changes in the last step.
    pub(crate) fn count_of_last(&self) -> u64 {
        self.0.last().map_or(0, |step| step.share.count())
    }

    /// Returns the changes of the record with this index, oldest first.
    pub(crate) fn of(&self, index: u64) -> impl Iterator<Item = Change> {
        self.0.iter().filter_map(move |step| {
            let draws = step.share.draws(index)?;
            Some(Change {
                step: step.number,
                date: step.date,
                draws,
            })
        })
    }
}

/// Chooses exactly the given share of records, rounded down, spread over the whole file.
///
/// Divides the file into one run of records for each change, and draws one record from each run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) seed: u64,
    pub(crate) purpose: Purpose,
    /// The number of the step. Each chooses other records.
    pub(crate) step: u32,
    /// The share is so many parts of the whole.
    pub(crate) part: u64,
    pub(crate) whole: u64,
    pub(crate) records: u64,
}

impl Share {
    const fn count(&self) -> u64 {
        self.records * self.part / self.whole
    }

    /// Returns the random draws that decide how the record with this index changes, if it changes.
    fn draws(&self, index: u64) -> Option<Draws> {
        if self.part == 0 {
            return None;
        }
        let run = index * self.part / self.whole;
        if run >= self.count() {
            return None;
        }
        let mut draws = Draws::new(self.seed, self.purpose, u64::from(self.step) << 40 | run);
        let first = (run * self.whole).div_ceil(self.part);
        let end = ((run + 1) * self.whole).div_ceil(self.part);
        (draws.index(first, end) == index).then_some(draws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_share_changes() {
        for part in [0, 1, 3, 20, 333, 500, 667, 999, 1_000] {
            for records in [1, 49, 50, 999, 1_000, 12_345] {
                for step in [0, 1, 200] {
                    let share = Share {
                        seed: 7,
                        purpose: Purpose::ChangedIssues,
                        step,
                        part,
                        whole: 1_000,
                        records,
                    };
                    let found = (0..records).filter(|&index| share.draws(index).is_some());
                    assert_eq!(
                        found.count() as u64,
                        records * part / 1_000,
                        "{part} of {records}"
                    );
                }
            }
        }
    }
}
