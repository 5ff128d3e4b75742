//! Synthetic days.

use std::io::Write;
use std::iter;

use cusip_pif::{
    Date, FileKind, Issue, IssueAttribute, IssueAttributeRef, IssueRef, Issuer, IssuerRef,
    RecordRef, Writer,
};

use crate::attribute::AttributeTexts;
use crate::calendar::Month;
use crate::change::{Change, Changes, Share};
use crate::draw::Purpose;
use crate::error::Error;
use crate::issue::IssueTexts;
use crate::issuer::IssuerTexts;
use crate::options::{ALL_PER_MILLE, Options};
use crate::population::{Population, records_at_first};
use crate::profile::Profile;
use crate::security::Security;

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
    /// The numbers and dates of the changes up to this day.
    steps: Vec<(u32, Date)>,
    population: Population,
}

impl Day {
    /// Creates the day that the options describe, without generating any records yet.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyIssuers`], [`Error::TooManyIssues`] or [`Error::ChangedShare`], if an option
    /// is out of range.
    pub fn new(options: Options) -> Result<Self, Error> {
        options.validate()?;
        let anchor = Month::anchor(options.date);
        Ok(Self {
            options,
            anchor,
            steps: vec![(0, options.date)],
            population: Population::new(options, anchor, iter::empty()),
        })
    }

    /// Creates the day that comes after the options' day and changes on these dates.
    pub(crate) fn after(options: Options, dates: &[Date]) -> Self {
        let anchor = Month::anchor(options.date);
        let date = dates.last().copied().unwrap_or(options.date);
        let steps: Vec<_> = (1..).zip(dates.iter().copied()).collect();
        let options = Options { date, ..options };
        Self {
            options,
            anchor,
            population: Population::new(options, anchor, steps.iter().copied()),
            steps,
        }
    }

    /// Returns the options of the day. In a sequence, their date is that of this day.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the number of records in the file of this kind.
    #[must_use]
    pub fn records(&self, kind: FileKind) -> u64 {
        self.population.records(kind)
    }

    /// Returns the number of records of this kind that differ from the unchanged day, or in a sequence
    /// from the day before.
    #[must_use]
    pub fn changed_records(&self, kind: FileKind) -> u64 {
        self.changes(kind).count_of_last()
    }

    /// Returns the number of records of this kind that are new since the day before. Only days of a
    /// sequence have new records.
    #[must_use]
    pub fn added_records(&self, kind: FileKind) -> u64 {
        self.population.added_last(kind)
    }

    /// Returns an iterator over owned issuer records. Writing a file is faster.
    pub fn issuers(&self) -> impl Iterator<Item = Issuer> {
        let (mut texts, changes) = (IssuerTexts::default(), self.changes(FileKind::Issuer));
        self.population
            .issuers()
            .map(move |issuer| self.issuer(&mut texts, &changes, &issuer).into_owned())
    }

    /// Returns an iterator over owned issue records. Writing a file is faster.
    pub fn issues(&self) -> impl Iterator<Item = Issue> {
        let (mut texts, changes) = (IssueTexts::default(), self.changes(FileKind::Issue));
        self.population
            .securities()
            .map(move |security| self.issue(&mut texts, &changes, &security).into_owned())
    }

    /// Returns an iterator over owned issue attribute records. Writing a file is faster.
    pub fn issue_attributes(&self) -> impl Iterator<Item = IssueAttribute> {
        let changes = self.changes(FileKind::IssueAttribute);
        let mut texts = AttributeTexts::default();
        self.population.securities().map(move |security| {
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
        // Tests read what this writes, so checking each record here would only take time.
        let mut writer = Writer::unchecked(output);
        let changes = self.changes(kind);
        match kind {
            FileKind::Issuer => {
                let mut texts = IssuerTexts::default();
                for issuer in self.population.issuers() {
                    writer.write(self.issuer(&mut texts, &changes, &issuer))?;
                }
            }
            FileKind::Issue => {
                let mut texts = IssueTexts::default();
                for security in self.population.securities() {
                    writer.write(self.issue(&mut texts, &changes, &security))?;
                }
            }
            FileKind::IssueAttribute => {
                let mut texts = AttributeTexts::default();
                for security in self.population.securities() {
                    writer.write(self.issue_attribute(&mut texts, &changes, &security))?;
                }
            }
        }
        writer.finish(self.options.date)
    }

    fn issuer<'t>(
        &self,
        texts: &'t mut IssuerTexts,
        changes: &Changes,
        issuer: &Profile,
    ) -> IssuerRef<'t> {
        let changes = changes.of(issuer.index.into());
        texts.record(self.options.seed, self.anchor, issuer, changes)
    }

    fn issue<'t>(
        &self,
        texts: &'t mut IssueTexts,
        changes: &Changes,
        security: &Security,
    ) -> IssueRef<'t> {
        let changes = self.changes_of(security, changes);
        texts.record(self.options.seed, self.anchor, security, changes)
    }

    fn issue_attribute<'t>(
        &self,
        texts: &'t mut AttributeTexts,
        changes: &Changes,
        security: &Security,
    ) -> IssueAttributeRef<'t> {
        let changes = self.changes_of(security, changes);
        texts.record(self.options.seed, self.anchor, security, changes)
    }

    /// Returns the changes of a security's record. What was added does not change.
    fn changes_of(&self, security: &Security, changes: &Changes) -> impl Iterator<Item = Change> {
        let index = u64::from(security.issuer.index) * u64::from(self.options.issues_per_issuer)
            + u64::from(security.index);
        let index = security.added.is_none().then_some(index);
        index.into_iter().flat_map(|index| changes.of(index))
    }

    fn changes(&self, kind: FileKind) -> Changes {
        let purpose = match kind {
            FileKind::Issuer => Purpose::ChangedIssuers,
            FileKind::Issue => Purpose::ChangedIssues,
            FileKind::IssueAttribute => Purpose::ChangedAttributes,
        };
        Changes::new(self.steps.iter().copied(), |step| Share {
            seed: self.options.seed,
            purpose,
            step,
            part: self.options.changed_per_mille.into(),
            whole: ALL_PER_MILLE.into(),
            records: records_at_first(&self.options, kind),
        })
    }
}
