//! Files whose kind is known only at run time.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::completeness::Summary;
use crate::error::Error;
use crate::kind::FileKind;
use crate::reader::Reader;
use crate::record::{Issue, IssueAttribute, Issuer};

/// A record of any kind, owned.
///
/// With the feature `serde`, it has the fields of the record and `kind`, the name of its
/// [`FileKind`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "snake_case")
)]
pub enum PifRecord {
    /// An issuer.
    Issuer(Box<Issuer>),
    /// A security.
    Issue(Box<Issue>),
    /// Further details of a security.
    #[cfg_attr(feature = "serde", serde(rename = "issue_attr"))]
    IssueAttribute(Box<IssueAttribute>),
}

/// A reader of a file whose kind is known only at run time.
///
/// Use a [`Reader`] if the program knows the kind: it is faster and returns records without a box.
///
/// ```
/// use cusip_pif::{AnyReader, PifFileName, PifRecord};
///
/// let name: PifFileName = "CED01-15E.PIP".parse()?;
/// let file = "037833|10|0|COM||||||A||||||A|2024-01-15\n999999|1\n";
/// let mut reader = AnyReader::from_reader(name.kind(), file.as_bytes());
/// for record in reader.records() {
///     assert!(matches!(record?, PifRecord::Issue(issue) if issue.description() == "COM"));
/// }
/// assert_eq!(reader.finish()?.data_records, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum AnyReader<T> {
    /// A reader of an issuer file.
    Issuer(Reader<Issuer, T>),
    /// A reader of an issue file.
    Issue(Reader<Issue, T>),
    /// A reader of an issue attribute file.
    IssueAttribute(Reader<IssueAttribute, T>),
}

impl AnyReader<File> {
    /// Opens the file of this kind at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) with the path, if the file cannot be opened.
    pub fn from_path(kind: FileKind, path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(match kind {
            FileKind::Issuer => Self::Issuer(Reader::from_path(path)?),
            FileKind::Issue => Self::Issue(Reader::from_path(path)?),
            FileKind::IssueAttribute => Self::IssueAttribute(Reader::from_path(path)?),
        })
    }
}

impl<T: Read> AnyReader<T> {
    /// Creates a reader of `input`, which does not need to be buffered.
    pub fn from_reader(kind: FileKind, input: T) -> Self {
        match kind {
            FileKind::Issuer => Self::Issuer(Reader::from_reader(input)),
            FileKind::Issue => Self::Issue(Reader::from_reader(input)),
            FileKind::IssueAttribute => Self::IssueAttribute(Reader::from_reader(input)),
        }
    }

    /// Returns the kind of the file.
    pub const fn kind(&self) -> FileKind {
        match self {
            Self::Issuer(_) => FileKind::Issuer,
            Self::Issue(_) => FileKind::Issue,
            Self::IssueAttribute(_) => FileKind::IssueAttribute,
        }
    }

    /// Returns an iterator over the records, without the trailer. A bad record is an `Err`.
    pub fn records(&mut self) -> impl Iterator<Item = Result<PifRecord, Error>> {
        std::iter::from_fn(move || match self {
            Self::Issuer(reader) => (reader.records().next())
                .map(|issuer| issuer.map(|issuer| PifRecord::Issuer(Box::new(issuer)))),
            Self::Issue(reader) => (reader.records().next())
                .map(|issue| issue.map(|issue| PifRecord::Issue(Box::new(issue)))),
            Self::IssueAttribute(reader) => (reader.records().next())
                .map(|record| record.map(|record| PifRecord::IssueAttribute(Box::new(record)))),
        })
    }

    /// Reads to the end of the file and checks that the file is complete.
    ///
    /// # Errors
    ///
    /// Same as [`Reader::finish`].
    pub fn finish(self) -> Result<Summary, Error> {
        match self {
            Self::Issuer(reader) => reader.finish(),
            Self::Issue(reader) => reader.finish(),
            Self::IssueAttribute(reader) => reader.finish(),
        }
    }
}
