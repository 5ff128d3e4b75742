//! Synthetic days.

use std::io::Write;

use cusip_pif::{
    FileKind, Issue, IssueAttribute, IssueAttributeRef, IssueRef, Issuer, IssuerRef, RecordRef,
    Writer,
};

use crate::attribute::{self, AttributeTexts};
use crate::calendar::Month;
use crate::change::Changes;
use crate::draw::Purpose;
use crate::error::Error;
use crate::issue::{self, IssueTexts};
use crate::issuer::{self, IssuerTexts};
use crate::number::{MOST_ISSUERS, MOST_ISSUES};
use crate::options::Options;
use crate::profile::Profile;
use crate::security::Security;

const ALL_PER_MILLE: u16 = 1_000;

/// A synthetic day: three matching files of any size.
///
/// Records are in key order, and each key is unique. A record depends only on the options and its
/// index, so a day needs no memory beyond one record, and you can write each file without the others.
/// Equal [`Options`] give byte-identical files, on every platform and in every release.
///
/// ```
/// use cusip_pif::Date;
/// use cusip_synth::{Day, Options};
///
/// let date = Date::new(2024, 1, 15).expect("a day");
/// let day = Day::new(Options::new(date).with_seed(7))?;
/// let owned_by_first = day.issues().take_while(|issue| {
///     Some(issue.issuer_num) == day.issuers().next().map(|issuer| issuer.issuer_num)
/// });
/// assert_eq!(owned_by_first.count(), 10);
/// # Ok::<(), cusip_synth::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Day {
    options: Options,
    anchor: Month,
}

impl Day {
    /// Creates the day that the options describe, without generating any records yet.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyIssuers`], [`Error::TooManyIssues`] or [`Error::ChangedShare`], if an option
    /// is out of range.
    pub fn new(options: Options) -> Result<Self, Error> {
        if options.issuers > MOST_ISSUERS {
            return Err(Error::TooManyIssuers {
                issuers: options.issuers,
                max: MOST_ISSUERS,
            });
        }
        if options.issues_per_issuer > MOST_ISSUES {
            return Err(Error::TooManyIssues {
                issues: options.issues_per_issuer,
                max: MOST_ISSUES,
            });
        }
        if options.changed_per_mille > ALL_PER_MILLE {
            return Err(Error::ChangedShare {
                per_mille: options.changed_per_mille,
            });
        }
        Ok(Self {
            options,
            anchor: Month::anchor(options.date),
        })
    }

    /// Returns the options of the day.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the number of records in the file of this kind.
    #[must_use]
    pub const fn records(&self, kind: FileKind) -> u64 {
        let issuers = self.options.issuers as u64;
        match kind {
            FileKind::Issuer => issuers,
            FileKind::Issue | FileKind::IssueAttribute => {
                issuers * self.options.issues_per_issuer as u64
            }
        }
    }

    /// Returns the number of records of this kind that differ from the unchanged day.
    #[must_use]
    pub fn changed_records(&self, kind: FileKind) -> u64 {
        self.changes(kind).count()
    }

    /// Returns an iterator over owned issuer records. Writing a file is faster.
    pub fn issuers(&self) -> impl Iterator<Item = Issuer> {
        let (mut texts, changes) = (IssuerTexts::default(), self.changes(FileKind::Issuer));
        self.profiles()
            .map(move |issuer| self.issuer(&mut texts, &changes, &issuer).into_owned())
    }

    /// Returns an iterator over owned issue records. Writing a file is faster.
    pub fn issues(&self) -> impl Iterator<Item = Issue> {
        let (mut texts, changes) = (IssueTexts::default(), self.changes(FileKind::Issue));
        self.securities()
            .map(move |security| self.issue(&mut texts, &changes, &security).into_owned())
    }

    /// Returns an iterator over owned issue attribute records. Writing a file is faster.
    pub fn issue_attributes(&self) -> impl Iterator<Item = IssueAttribute> {
        let changes = self.changes(FileKind::IssueAttribute);
        let mut texts = AttributeTexts::default();
        self.securities().map(move |security| {
            self.issue_attribute(&mut texts, &changes, &security)
                .into_owned()
        })
    }

    /// Writes the file of this kind with its trailer, and returns the output.
    ///
    /// Each record is a separate write, so use a buffered output.
    ///
    /// # Errors
    ///
    /// [`cusip_pif::ErrorKind::Io`], if writing fails.
    pub fn write<W: Write>(&self, kind: FileKind, output: W) -> Result<W, cusip_pif::Error> {
        let mut writer = Writer::new(output);
        let changes = self.changes(kind);
        match kind {
            FileKind::Issuer => {
                let mut texts = IssuerTexts::default();
                for issuer in self.profiles() {
                    writer.write(self.issuer(&mut texts, &changes, &issuer))?;
                }
            }
            FileKind::Issue => {
                let mut texts = IssueTexts::default();
                for security in self.securities() {
                    writer.write(self.issue(&mut texts, &changes, &security))?;
                }
            }
            FileKind::IssueAttribute => {
                let mut texts = AttributeTexts::default();
                for security in self.securities() {
                    writer.write(self.issue_attribute(&mut texts, &changes, &security))?;
                }
            }
        }
        writer.finish(self.options.date)
    }

    fn profiles(&self) -> impl Iterator<Item = Profile> {
        (0..self.options.issuers).map(|index| Profile::new(&self.options, index))
    }

    fn securities(&self) -> impl Iterator<Item = Security> {
        self.profiles().flat_map(move |issuer| {
            (0..self.options.issues_per_issuer)
                .map(move |index| Security::new(&self.options, self.anchor, &issuer, index))
        })
    }

    fn issuer<'t>(
        &self,
        texts: &'t mut IssuerTexts,
        changes: &Changes,
        issuer: &Profile,
    ) -> IssuerRef<'t> {
        let mut record = texts.record(self.options.seed, self.anchor, issuer);
        if let Some(mut draws) = changes.draws(issuer.index.into()) {
            issuer::change(&mut record, self.options.date, &mut draws);
        }
        record
    }

    fn issue<'t>(
        &self,
        texts: &'t mut IssueTexts,
        changes: &Changes,
        security: &Security,
    ) -> IssueRef<'t> {
        let mut record = texts.record(self.options.seed, self.anchor, security);
        if let Some(mut draws) = changes.draws(self.record_index(security)) {
            issue::change(&mut record, self.options.date, &mut draws);
        }
        record
    }

    fn issue_attribute<'t>(
        &self,
        texts: &'t mut AttributeTexts,
        changes: &Changes,
        security: &Security,
    ) -> IssueAttributeRef<'t> {
        let mut record = texts.record(self.options.seed, self.anchor, security);
        if let Some(mut draws) = changes.draws(self.record_index(security)) {
            attribute::change(&mut record, self.options.date, &mut draws);
        }
        record
    }

    fn record_index(&self, security: &Security) -> u64 {
        u64::from(security.issuer.index) * u64::from(self.options.issues_per_issuer)
            + u64::from(security.index)
    }

    fn changes(&self, kind: FileKind) -> Changes {
        let purpose = match kind {
            FileKind::Issuer => Purpose::ChangedIssuers,
            FileKind::Issue => Purpose::ChangedIssues,
            FileKind::IssueAttribute => Purpose::ChangedAttributes,
        };
        let Options {
            seed,
            changed_per_mille,
            ..
        } = self.options;
        Changes::new(seed, purpose, changed_per_mille, self.records(kind))
    }
}
