//! Parses and validates a file without a database.

use cusip_jobs::Reject;
use cusip_pif::{
    CheckDigits, Fault, FileKind, Issue, IssueAttribute, Issuer, ParseOptions, Position, Record,
    RecordRef,
};

use crate::error::Error;
use crate::input::Input;
use crate::judge::{Judged, judge};
use crate::options::LoadOptions;
use crate::parse::{FileParser, RecordSink};
use crate::plain_file::PlainFile;
use crate::summary::FileSummary;

/// The result of checking a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckReport {
    /// Where the file is.
    pub file: String,
    /// The file's kind.
    pub kind: FileKind,
    /// The number of records, without the trailer.
    pub rows_read: u64,
    /// The number of records that break a rule.
    pub rows_rejected: u64,
    /// Warnings: what is unusual about the file but breaks no rule.
    pub warnings: Vec<String>,
    /// The text of the trailer, if there is one.
    pub trailer: Option<String>,
    /// Whether the trailer confirms the number of records.
    pub trailer_verified: bool,
    /// Whether the trailer says that this is a file of rejects, whose records are not counted.
    pub has_rejects: bool,
    /// The other kind whose field count most records have, if there is one. The warnings mention it
    /// too.
    pub other_kind: Option<FileKind>,
    /// Whether most lines end in a separator that makes one field too many. The warnings mention it
    /// too.
    pub has_extra_separators: bool,
    /// The line of the trailer, from 1, if records follow it.
    pub overrun_trailer: Option<u64>,
    summary: FileSummary,
}

/// A problem with one record.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Problem<'a> {
    /// The record breaks a rule.
    Reject(Reject),
    /// Something about the record is unusual.
    Warning {
        /// Where the record begins.
        position: Position,
        /// What is odd.
        warning: &'a Fault,
    },
}

/// Parses and validates a file, and passes every problem with a record to `found`, in file order.
///
/// Does not find orphans (issues without issuer, attributes without issue): only the database can.
///
/// # Errors
///
/// [`Error::Source`] if the file cannot be read, [`Error::ForeignFormat`] if it is compressed or not
/// text in a known encoding.
pub async fn check(
    input: Input,
    check_digits: CheckDigits,
    found: impl FnMut(Problem<'_>) + Send,
) -> Result<CheckReport, Error> {
    check_into(input, check_digits, &mut Problems { found }).await
}

/// Parses and validates a file like [`check`], and passes good records on, too.
///
/// # Errors
///
/// Same as [`check`].
pub async fn check_into(
    input: Input,
    check_digits: CheckDigits,
    sink: &mut (impl RecordSink + Send),
) -> Result<CheckReport, Error> {
    let options = ParseOptions::default().with_check_digits(check_digits);
    match input.kind() {
        FileKind::Issuer => check_records::<Issuer>(input, options, sink).await,
        FileKind::Issue => check_records::<Issue>(input, options, sink).await,
        FileKind::IssueAttribute => check_records::<IssueAttribute>(input, options, sink).await,
    }
}

async fn check_records<R: Record>(
    mut input: Input,
    options: ParseOptions,
    sink: &mut (impl RecordSink + Send),
) -> Result<CheckReport, Error> {
    let mut file = PlainFile::new(input.open().await?);
    let mut parser = FileParser::<R>::new(options);
    while let Some(chunk) = file.next_chunk().await? {
        parser.push(&chunk, sink);
    }
    let mut summary = parser.finish(sink);
    // A load knows from the job log which field holds the count.
    summary.expect_count_in_first_number();
    Ok(CheckReport {
        file: file.location().to_owned(),
        kind: R::LAYOUT.kind,
        rows_read: summary.rows_read,
        rows_rejected: summary.rows_rejected,
        warnings: summary.warning_messages(),
        trailer_verified: summary.trailer_field().is_some(),
        has_rejects: summary.has_rejects(),
        other_kind: summary.other_kind(),
        overrun_trailer: summary.overrun_trailer(),
        has_extra_separators: summary.has_extra_separators(),
        trailer: summary.trailer.as_ref().map(|trailer| trailer.text.clone()),
        summary,
    })
}

/// Judges checked files as a load of all of them would.
///
/// Without the job log, it is not known which field of the trailer counts the records, so the first
/// number that is not a date is expected to.
///
/// # Errors
///
/// [`Error::NoTrailer`], [`Error::RecordsAfterTrailer`] or [`Error::RecordsLost`] if a file is
/// truncated, [`Error::TooManyRejects`] if there are more rejects than allowed.
pub fn judge_checked(reports: &[CheckReport], options: &LoadOptions) -> Result<(), Error> {
    let judged = reports.iter().map(|report| Judged {
        location: &report.file,
        summary: &report.summary,
        rejected: report.rows_rejected,
    });
    let judged: Vec<_> = judged.collect();
    judge(&judged, options).map_err(|refusal| refusal.error)
}

/// Passes every problem on.
struct Problems<F> {
    found: F,
}

impl<F: FnMut(Problem<'_>)> RecordSink for Problems<F> {
    fn record(&mut self, _: &impl RecordRef, _: Position) {}

    fn reject(&mut self, mut reject: Reject) {
        reject.raw_line = None;
        (self.found)(Problem::Reject(reject));
    }

    fn warning(&mut self, position: Position, warning: &Fault) {
        (self.found)(Problem::Warning { position, warning });
    }
}
