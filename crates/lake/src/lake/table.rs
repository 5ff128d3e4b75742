//! The tables of the lake.

use cusip_pif::FileKind;

/// A table of the lake, with its own folder and Delta log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// The versions of a kind's records. It only grows.
    Versions(FileKind),
    /// A kind's records as one load left them. Each snapshot replaces the one before.
    Current(FileKind),
    /// The loads. It is one file, which each load replaces.
    Loads,
}

impl Table {
    pub(super) const ALL: [Self; 7] = [
        Self::Versions(FileKind::Issuer),
        Self::Versions(FileKind::Issue),
        Self::Versions(FileKind::IssueAttribute),
        Self::Current(FileKind::Issuer),
        Self::Current(FileKind::Issue),
        Self::Current(FileKind::IssueAttribute),
        Self::Loads,
    ];

    /// Returns the folder, which is the table's name in manifests.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Versions(FileKind::Issuer) => "issuer",
            Self::Versions(FileKind::Issue) => "issue",
            Self::Versions(FileKind::IssueAttribute) => "issue_attribute",
            Self::Current(FileKind::Issuer) => "current/issuer",
            Self::Current(FileKind::Issue) => "current/issue",
            Self::Current(FileKind::IssueAttribute) => "current/issue_attribute",
            Self::Loads => "job",
        }
    }

    /// Returns whether files are added only, in a folder for each day.
    pub(super) const fn only_grows(self) -> bool {
        matches!(self, Self::Versions(_))
    }
}
