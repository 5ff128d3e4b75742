//! What a synthetic day is made from.

use cusip_pif::Date;

/// What a synthetic day is made from. Equal options make byte-identical files.
///
/// By default a day has 100 issuers with 10 issues each, nothing changed, and the seed 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// The day: in the files' names, the trailers, and the update dates of changed records.
    ///
    /// All other dates are reckoned from the beginning of its year, so that days of one year with
    /// the same seed differ in nothing but their changed records and the trailers.
    pub date: Date,
    /// The number that all contents are drawn with. Another seed, another day.
    pub seed: u64,
    /// The number of issuers, at most 3,500,000.
    pub issuers: u32,
    /// The number of issues that each issuer has, at most 816.
    pub issues_per_issuer: u16,
    /// How many records of a thousand differ from those of the unchanged day, 0 to 1,000.
    ///
    /// In each file exactly this share, rounded down, differs in its update date and mostly in other
    /// fields, never in its key. Which records do depends on the seed alone.
    pub changed_per_mille: u16,
}

impl Options {
    /// Takes the defaults for this day.
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

    /// Sets the [number of issues of each issuer](Self::issues_per_issuer).
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
}
