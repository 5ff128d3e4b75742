//! The views and tables that can be exported.

use std::fmt;
use std::str::FromStr;

use cusip_pif::FileKind;
use thiserror::Error;

/// A view or table that can be exported.
///
/// Parses its name in the database. The views of the records also have the short names `securities`,
/// `issuers`, `issues` and `issue_attributes`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    short_name: Option<&'static str>,
    name: &'static str,
    pub(super) rows: RowsOf,
}

/// What the rows of a relation are about, which decides how they can be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsOf {
    /// Issuers, with their type and status.
    Issuers,
    /// Issues, with their status.
    Issues,
    /// Issues, with the type of their issuer.
    Securities,
    /// Attributes of issues.
    Attributes,
    /// Versions of issuers.
    IssuerVersions,
    /// Versions of issues or their attributes.
    IssueVersions,
    /// Securities without the columns of their key.
    Summary,
    /// Codes.
    Codes,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::view("securities", "v_security", RowsOf::Securities),
        Self::view("issuers", "v_issuer", RowsOf::Issuers),
        Self::view("issues", "v_issue", RowsOf::Issues),
        Self::view("issue_attributes", "v_issue_attribute", RowsOf::Attributes),
        Self::table("v_security_summary", RowsOf::Summary),
        Self::table("issuer", RowsOf::Issuers),
        Self::table("issue", RowsOf::Issues),
        Self::table("issue_attribute", RowsOf::Attributes),
        Self::table("issuer_version", RowsOf::IssuerVersions),
        Self::table("issue_version", RowsOf::IssueVersions),
        Self::table("issue_attribute_version", RowsOf::IssueVersions),
        Self::table("ref_issuer_type", RowsOf::Codes),
        Self::table("ref_issuer_status", RowsOf::Codes),
        Self::table("ref_issuer_transaction", RowsOf::Codes),
        Self::table("ref_issue_status", RowsOf::Codes),
        Self::table("ref_issue_transaction", RowsOf::Codes),
        Self::table("ref_govt_stimulus_program", RowsOf::Codes),
        Self::table("ref_payment_frequency", RowsOf::Codes),
        Self::table("ref_sale_type", RowsOf::Codes),
        Self::table("ref_offering_amount_code", RowsOf::Codes),
    ];

    const fn view(short_name: &'static str, name: &'static str, rows: RowsOf) -> Self {
        Self {
            short_name: Some(short_name),
            name,
            rows,
        }
    }

    const fn table(name: &'static str, rows: RowsOf) -> Self {
        Self {
            short_name: None,
            name,
            rows,
        }
    }

    /// Returns the relation with all versions of a kind's records.
    pub(super) const fn versions(kind: FileKind) -> Self {
        match kind {
            FileKind::Issuer => Self::table("issuer_version", RowsOf::IssuerVersions),
            FileKind::Issue => Self::table("issue_version", RowsOf::IssueVersions),
            FileKind::IssueAttribute => {
                Self::table("issue_attribute_version", RowsOf::IssueVersions)
            }
        }
    }

    /// Returns the name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns the short name, if there is one, or else the name in the database.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        self.short_name.unwrap_or(self.name)
    }

    /// Returns whether earlier states of it can be read.
    #[must_use]
    pub const fn has_states(self) -> bool {
        matches!(
            self.rows,
            RowsOf::Issuers | RowsOf::Issues | RowsOf::Securities | RowsOf::Attributes
        )
    }

    /// Returns whether its rows have the key of an issuer or issue, by which they can be selected.
    #[must_use]
    pub const fn has_key(self) -> bool {
        !matches!(self.rows, RowsOf::Summary | RowsOf::Codes)
    }

    /// Returns whether its rows are records that are active or not.
    #[must_use]
    pub const fn has_status(self) -> bool {
        self.has_states()
    }

    /// Returns whether it is one of the tables with the current records.
    pub(super) const fn is_master(self) -> bool {
        self.has_states() && self.short_name.is_none()
    }

    /// Returns whether its key is that of an issuer.
    pub(super) const fn is_by_issuer(self) -> bool {
        matches!(self.rows, RowsOf::Issuers | RowsOf::IssuerVersions)
    }

    /// Returns the columns by which rows are ordered, each of a relation named `rows`.
    pub(super) const fn order(self) -> &'static str {
        match self.rows {
            RowsOf::Issuers => "rows.issuer_num",
            RowsOf::Issues | RowsOf::Securities | RowsOf::Attributes => {
                "rows.issuer_num, rows.issue_num"
            }
            RowsOf::IssuerVersions => "rows.issuer_num, rows.from_job_id",
            RowsOf::IssueVersions => "rows.issuer_num, rows.issue_num, rows.from_job_id",
            RowsOf::Summary => "rows.cusip collate \"C\"",
            RowsOf::Codes => "rows.code",
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.short_name())
    }
}

impl fmt::Debug for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Relation({})", self.name)
    }
}

impl FromStr for Relation {
    type Err = UnknownRelation;

    fn from_str(text: &str) -> Result<Self, UnknownRelation> {
        (Self::ALL.into_iter())
            .find(|relation| relation.name == text || relation.short_name == Some(text))
            .ok_or(UnknownRelation)
    }
}

/// The error for a name that is not one of a view or table that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected {}", names())]
#[non_exhaustive]
pub struct UnknownRelation;

fn names() -> String {
    let names = Relation::ALL.map(Relation::short_name);
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_have_two_names() {
        let securities: Relation = "securities".parse().unwrap();
        assert_eq!("v_security".parse(), Ok(securities));
        assert_eq!(securities.to_string(), "securities");
        assert_eq!("load_job".parse::<Relation>(), Err(UnknownRelation));
    }
}
