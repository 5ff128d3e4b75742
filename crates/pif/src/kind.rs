//! The three kinds of PIF file.

use core::fmt;
use core::str::FromStr;

/// One of the three kinds of PIF file.
///
/// A day consists of one file of each kind. Issues refer to issuers and attributes to issues, so the
/// order of the kinds is the order in which to load them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// The issuer file, `CED{mm-dd}R.PIP`: one record per issuer, 16 fields.
    Issuer,
    /// The issue file, `CED{mm-dd}E.PIP`: one record per security, 17 fields.
    Issue,
    /// The issue attribute file, `CED{mm-dd}A.PIP`: further details of each security, 53 fields.
    IssueAttribute,
}

impl FileKind {
    /// All kinds in loading order: issuer, issue, issue attribute.
    pub const ALL: [Self; 3] = [Self::Issuer, Self::Issue, Self::IssueAttribute];

    /// Returns the letter for the kind in file names: `R`, `E` or `A`.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Issuer => 'R',
            Self::Issue => 'E',
            Self::IssueAttribute => 'A',
        }
    }

    /// Returns the kind's name in options, requests and responses.
    ///
    /// It is `issuer`, `issue` or `issue_attr`. [`FromStr`] reads it back.
    #[must_use]
    pub const fn wire_name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Issue => "issue",
            Self::IssueAttribute => "issue_attr",
        }
    }

    /// Returns the kind that this kind's records refer to: issues to issuers, attributes to issues.
    ///
    /// Issuers refer to nothing.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::Issuer => None,
            Self::Issue => Some(Self::Issuer),
            Self::IssueAttribute => Some(Self::Issue),
        }
    }
}

/// Reads a [wire name](FileKind::wire_name), which is case-sensitive.
impl FromStr for FileKind {
    type Err = InvalidFileKind;

    fn from_str(name: &str) -> Result<Self, InvalidFileKind> {
        (Self::ALL.into_iter())
            .find(|kind| kind.wire_name() == name)
            .ok_or(InvalidFileKind)
    }
}

/// Writes the [wire name](FileKind::wire_name).
impl fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.wire_name())
    }
}

/// The error for a string that is not the wire name of a [`FileKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected issuer, issue or issue_attr")]
#[non_exhaustive]
pub struct InvalidFileKind;
