//! Which rows to export.

use cusip_connect::Parameter;
use cusip_pif::{Cusip, Identifier};

use super::Snapshot;
use super::relation::{Relation, RowsOf};
use crate::error::Error;

/// Which rows to export. By default, all.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    /// Only those of issuers with one of these types, if there are any.
    pub issuer_types: Vec<String>,
    /// Only active issuers or issues.
    pub is_active: bool,
    /// Only these securities, and all of these issuers; in a relation of issuers, the issuers of the securities.
    pub identifiers: Option<Vec<Identifier>>,
}

/// The parameters of a query's conditions.
pub(super) struct Parameters {
    issuer_types: Vec<String>,
    issuer_nums: Vec<String>,
    issue_nums: Vec<String>,
    issuers: Vec<String>,
}

impl Parameters {
    pub(super) fn new(filter: &RowFilter) -> Self {
        let mut parameters = Self {
            issuer_types: filter.issuer_types.clone(),
            issuer_nums: Vec::new(),
            issue_nums: Vec::new(),
            issuers: Vec::new(),
        };
        for identifier in filter.identifiers.iter().flatten() {
            match identifier {
                Identifier::Security(cusip) => {
                    parameters.issuer_nums.push(cusip.issuer_num().to_string());
                    parameters.issue_nums.push(cusip.issue_num().to_string());
                }
                Identifier::Issuer(issuer) => parameters.issuers.push(issuer.to_string()),
            }
        }
        parameters
    }

    /// Returns the parameters, by the numbers that the conditions use.
    pub(super) fn values(&self) -> [&dyn Parameter; 4] {
        [
            &self.issuer_types,
            &self.issuer_nums,
            &self.issue_nums,
            &self.issuers,
        ]
    }
}

/// Returns the conditions for rows of a relation named `rows`. Readers may not read the tables, so the
/// conditions use the views, whose names end in `suffix`.
pub(super) fn conditions(relation: Relation, filter: &RowFilter, suffix: &str) -> Vec<String> {
    let mut conditions = Vec::new();
    if !filter.issuer_types.is_empty() {
        conditions.push(match relation.rows {
            RowsOf::Issuers | RowsOf::Securities => "rows.issuer_type = any ($1)".to_owned(),
            _ => format!(
                "rows.issuer_num in (select issuer_num from v_issuer{suffix} where issuer_type = any ($1))"
            ),
        });
    }
    if filter.is_active {
        conditions.push(match relation.rows {
            RowsOf::Issuers => "rows.issuer_status = 'A'".to_owned(),
            RowsOf::Attributes => format!(
                "(rows.issuer_num, rows.issue_num) in
                 (select issuer_num, issue_num from v_issue{suffix} where issue_status = 'A')"
            ),
            _ => "rows.issue_status = 'A'".to_owned(),
        });
    }
    if let Some(identifiers) = &filter.identifiers {
        let is_issuer = |identifier: &&Identifier| matches!(identifier, Identifier::Issuer(_));
        let issuers = identifiers.iter().filter(is_issuer).count();
        let securities = identifiers.len() - issuers;
        let by_issuer = "rows.issuer_num = any ($4)";
        let by_security = match relation.is_by_issuer() {
            true => "rows.issuer_num = any ($2)",
            false => {
                "(rows.issuer_num, rows.issue_num) in (select * from unnest($2::text[], $3::text[]))"
            }
        };
        conditions.push(match (securities, issuers) {
            (0, _) => by_issuer.to_owned(),
            (_, 0) => by_security.to_owned(),
            _ => format!("({by_security} or {by_issuer})"),
        });
    }
    conditions
}

/// Returns the identifiers that have no record.
pub(super) async fn missing(snapshot: &Snapshot, filter: &RowFilter) -> Result<Vec<String>, Error> {
    let suffix = snapshot.suffix();
    let query = format!(
        "select asked.issuer_num, asked.issue_num
         from unnest($2::text[], $3::text[]) as asked (issuer_num, issue_num)
         where not exists (
             select from v_issue{suffix} as found
             where found.issuer_num = asked.issuer_num and found.issue_num = asked.issue_num)
         union all
         select asked.issuer_num, null
         from unnest($4::text[]) as asked (issuer_num)
         where not exists (
             select from v_issuer{suffix} as found where found.issuer_num = asked.issuer_num)"
    );
    let parameters = Parameters::new(filter);
    let client = snapshot.transaction.client();
    let rows = match client.query(&query, &parameters.values()).await {
        Ok(rows) => rows,
        Err(error) => return Err(snapshot.failed(error).await),
    };
    let identifier = |row: &tokio_postgres::Row| -> Result<String, tokio_postgres::Error> {
        let (issuer_num, issue_num): (&str, Option<&str>) = (row.try_get(0)?, row.try_get(1)?);
        let Some(issue_num) = issue_num else {
            return Ok(issuer_num.to_owned());
        };
        let number = format!("{issuer_num}{issue_num}");
        let cusip = Cusip::parse_loosely(&number).map(|cusip| cusip.to_string());
        Ok(cusip.unwrap_or(number))
    };
    let missing: Result<_, _> = rows.iter().map(identifier).collect();
    missing.map_err(|error| snapshot.database.statement(super::EXPORTING, error))
}
