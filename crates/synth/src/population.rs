//! The issuers and securities of a day, in key order.

use cusip_pif::{Date, FileKind};

use crate::calendar::Month;
use crate::change::{Change, Changes, Share};
use crate::draw::Purpose;
use crate::number::{MOST_FEW, issuer_room};
use crate::options::{ALL_PER_MILLE, Options};
use crate::profile::Profile;
use crate::security::Security;

/// A sequence of days adds one issuer or issue for this many changes.
const CHANGES_PER_ADDITION: u64 = 10;

/// The issuers and securities of a day: those of the beginning, and what a sequence of days added.
#[derive(Debug, Clone)]
pub(crate) struct Population {
    options: Options,
    anchor: Month,
    /// The issuers that get a neighbor.
    issuers: Changes,
    /// The issuers that get another issue, at most one on each day.
    issues: Changes,
}

impl Population {
    /// Creates the population after additions in these steps, which have numbers from 1 and dates.
    pub(crate) fn new(
        options: Options,
        anchor: Month,
        steps: impl Iterator<Item = (u32, Date)> + Clone,
    ) -> Self {
        let whole = u64::from(ALL_PER_MILLE) * CHANGES_PER_ADDITION;
        let changed = u64::from(options.changed_per_mille);
        let share = |purpose, step, part: u64| Share {
            seed: options.seed,
            purpose,
            step,
            part: part.min(whole),
            whole,
            records: options.issuers.into(),
        };
        let room = issuer_room(options.issuers);
        let issues = options.issues_per_issuer;
        Self {
            options,
            anchor,
            issuers: Changes::new(steps.clone(), |step| {
                let has_room = u64::from(step) < room;
                share(Purpose::AddedIssuers, step, changed * u64::from(has_room))
            }),
            issues: Changes::new(steps, |step| {
                let has_room = u32::from(issues) + step <= MOST_FEW.into();
                let part = changed * u64::from(issues) * u64::from(has_room);
                share(Purpose::AddedIssues, step, part)
            }),
        }
    }

    /// Returns the number of records in the file of this kind.
    pub(crate) fn records(&self, kind: FileKind) -> u64 {
        let added = self.added(kind, Changes::count);
        records_at_first(&self.options, kind) + added
    }

    /// Returns how many of these were added in the last step.
    pub(crate) fn added_last(&self, kind: FileKind) -> u64 {
        self.added(kind, Changes::count_of_last)
    }

    fn added(&self, kind: FileKind, count: impl Fn(&Changes) -> u64) -> u64 {
        let issuers = count(&self.issuers);
        match kind {
            FileKind::Issuer => issuers,
            FileKind::Issue | FileKind::IssueAttribute => {
                issuers * u64::from(self.options.issues_per_issuer.min(1)) + count(&self.issues)
            }
        }
    }

    /// Returns the issuers.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = Profile> {
        (0..self.options.issuers).flat_map(|index| self.neighbors(index))
    }

    /// Returns the issuer with this index and those that were added next to it.
    fn neighbors(&self, index: u32) -> Vec<Profile> {
        let added = (self.issuers.of(index.into()))
            .map(|Change { step, date, .. }| Profile::added(&self.options, index, step, date));
        let mut issuers: Vec<_> = added.collect();
        issuers.push(Profile::new(&self.options, index));
        issuers.sort_unstable_by_key(|issuer| issuer.number);
        issuers
    }

    /// Returns the securities.
    pub(crate) fn securities(&self) -> impl Iterator<Item = Security> {
        self.issuers().flat_map(move |issuer| {
            let added = self.issues.of(issuer.index.into());
            let added = added.map(|change| Some(change.date));
            let dates = (0..issuer.issues).map(move |_| issuer.added).chain(added);
            (0..).zip(dates).map(move |(index, added)| {
                Security::new(self.options.seed, self.anchor, &issuer, index, added)
            })
        })
    }
}

/// Returns the number of records before anything was added.
pub(crate) fn records_at_first(options: &Options, kind: FileKind) -> u64 {
    let issuers = u64::from(options.issuers);
    match kind {
        FileKind::Issuer => issuers,
        FileKind::Issue | FileKind::IssueAttribute => {
            issuers * u64::from(options.issues_per_issuer)
        }
    }
}
