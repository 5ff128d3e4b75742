//! The options of a synthetic day.

use cusip_pif::Date;

use crate::error::Error;
use crate::number::{MOST_ISSUERS, MOST_ISSUES};

/// The number of records that a share is relative to.
pub(crate) const ALL_PER_MILLE: u16 = 1_000;

/// The options of a synthetic day. Equal options give byte-identical files.
///
/// By default, a day has 100 issuers with 10 issues each, no changes, and seed 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// The day. It appears in file names, trailers, and the update dates of changed records.
    ///
    /// All other dates are relative to the beginning of the year. So two days of the same year with
    /// the same seed differ only in changed records and trailers.
    pub date: Date,
    /// The seed of the random generator. A different seed gives a different day.
    pub seed: u64,
    /// The number of issuers, at most 3,500,000.
    pub issuers: u32,
    /// The number of issues for each issuer, at most 816.
    pub issues_per_issuer: u16,
    /// How many of 1,000 records differ from the unchanged day, from 0 to 1,000. In a
    /// [`Sequence`](crate::Sequence), how many change on each day after the first.
    ///
    /// In each file, exactly this share of records, rounded down, differs in the update date and often
    /// in other fields, but never in the key. Which records differ depends only on the seed, and in a
    /// sequence on the number of the day.
    pub changed_per_mille: u16,
}

impl Options {
    /// Creates the default options for this day.
    #[must_use]
    pub const fn new(date: Date) -> Self {
        Self {
            date,
            seed: 0,
            issuers: 100,
            issues_per_issuer: 10,
            changed_per_mille: 0,
        }
    }

    /// Sets the [seed](Self::seed).
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the [number of issuers](Self::issuers).
    #[must_use]
    pub const fn with_issuers(mut self, issuers: u32) -> Self {
        self.issuers = issuers;
        self
    }

    /// Sets the [number of issues for each issuer](Self::issues_per_issuer).
    #[must_use]
    pub const fn with_issues_per_issuer(mut self, issues: u16) -> Self {
        self.issues_per_issuer = issues;
        self
    }

    /// Sets the [share of changed records](Self::changed_per_mille).
    #[must_use]
    pub const fn with_changed_per_mille(mut self, per_mille: u16) -> Self {
        self.changed_per_mille = per_mille;
        self
    }

    /// Checks that the options are in their ranges.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        if self.issuers > MOST_ISSUERS {
            return Err(Error::TooManyIssuers {
                issuers: self.issuers,
                max: MOST_ISSUERS,
            });
        }
        if self.issues_per_issuer > MOST_ISSUES {
            return Err(Error::TooManyIssues {
                issues: self.issues_per_issuer,
                max: MOST_ISSUES,
            });
        }
        if self.changed_per_mille > ALL_PER_MILLE {
            return Err(Error::ChangedShare {
                per_mille: self.changed_per_mille,
            });
        }
        Ok(())
    }
}
