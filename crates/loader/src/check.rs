//! Parses and validates a file without a database.

use cusip_pif::{
    CheckDigits, Fault, FileKind, Issue, IssueAttribute, Issuer, ParseOptions, Position, Record,
    RecordRef,
};
use serde::Serialize;

use crate::error::Error;
use crate::file_reading::{FileReading, Findings, is_compressed};
use crate::input::Input;
use crate::problem::{Reject, wire_name};

/// What a check has found in a file.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// Where the file is.
    pub file: String,
    /// Its kind.
    #[serde(rename = "type", serialize_with = "wire_name")]
    pub kind: FileKind,
    /// How many records it has, the trailer not counted.
    pub rows_read: u64,
    /// How many of them break a rule.
    pub rows_rejected: u64,
    /// What is odd about the file, though no rule is broken.
    pub warnings: Vec<String>,
    /// The trailer as it stands in the file, if there is one.
    pub trailer: Option<String>,
    /// Whether the trailer confirms the number of records.
    pub trailer_verified: bool,
    /// The kind that the file is of by the number of fields that most records have, if it is another
    /// one. The warnings say so too.
    #[serde(skip)]
    pub other_kind: Option<FileKind>,
    /// The line of the trailer, from 1, if the file goes on behind it, so that it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overrun_trailer: Option<u64>,
}

/// A problem with one record.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Problem<'a> {
    /// The record breaks a rule.
    Reject(Reject),
    /// Something about the record is odd.
    Warning {
        /// Where the record begins.
        position: Position,
        /// What is odd.
        warning: &'a Fault,
    },
}

/// Parses and validates a file, and shows every problem with a record to `found`, in file order.
///
/// What only the database can tell is not checked: issues without issuer, attributes without issue.
///
/// # Errors
///
/// [`Error::Source`] if the file cannot be read, [`Error::Compressed`] if it is not unpacked.
pub async fn check(
    input: Input,
    check_digits: CheckDigits,
    found: impl FnMut(Problem<'_>) + Send,
) -> Result<CheckReport, Error> {
    let options = ParseOptions::default().with_check_digits(check_digits);
    match input.kind() {
        FileKind::Issuer => check_records::<Issuer>(input, options, found).await,
        FileKind::Issue => check_records::<Issue>(input, options, found).await,
        FileKind::IssueAttribute => check_records::<IssueAttribute>(input, options, found).await,
    }
}

async fn check_records<R: Record>(
    input: Input,
    options: ParseOptions,
    found: impl FnMut(Problem<'_>) + Send,
) -> Result<CheckReport, Error> {
    let (mut file, _) = input.open().await?;
    let mut reading = FileReading::<R>::new(options);
    let mut problems = Problems { found };
    while let Some(chunk) = file.body.next_chunk().await? {
        if reading.bytes() == 0 && is_compressed(&chunk) {
            let location = file.meta.location;
            return Err(Error::Compressed { location });
        }
        reading.push(&chunk, &mut problems);
    }
    let summary = reading.finish(&mut problems);
    Ok(CheckReport {
        file: file.meta.location,
        kind: R::LAYOUT.kind,
        rows_read: summary.rows_read,
        rows_rejected: summary.rows_rejected,
        warnings: summary.warning_messages(),
        trailer_verified: summary.trailer_field().is_some(),
        other_kind: summary.other_kind(),
        overrun_trailer: summary.overrun_trailer(),
        trailer: summary.trailer.map(|trailer| trailer.text),
    })
}

/// Hands every problem on.
struct Problems<F> {
    found: F,
}

impl<F: FnMut(Problem<'_>)> Findings for Problems<F> {
    fn record(&mut self, _: &impl RecordRef, _: Position) {}

    fn reject(&mut self, reject: Reject, _: &[u8]) {
        (self.found)(Problem::Reject(reject));
    }

    fn warning(&mut self, position: Position, warning: &Fault) {
        (self.found)(Problem::Warning { position, warning });
    }
}
