//! The rows of a view or table, one by one.

use std::fmt;
use std::pin::Pin;

use cusip_connect::Parameter;
use cusip_pif::{Cusip, IssueNum, IssuerNum};
use futures_util::StreamExt as _;
use tokio_postgres::{Row, RowStream};

use super::filter::{self, Parameters, RowFilter};
use super::relation::Relation;
use super::value::{Raw, TableColumn, Value, ValueType};
use super::{EXPORTING, Snapshot};
use crate::error::Error;
use crate::lookup::isin;

const CUSIP: &str = "cusip";
const ISIN: &str = "isin";
const KEY: [&str; 2] = ["issuer_num", "issue_num"];
const COUNTRY: &str = "domicile_code";

/// The rows of a view or table, in the order of their keys, so that memory does not grow with their number.
///
/// The columns are those of the view or table. Rows that belong to a security have all nine characters of its
/// CUSIP: in the column `cusip` of the view, or in one before all others. If the country of domicile is a
/// column, the ISIN follows.
pub struct TableRows<'s> {
    snapshot: &'s Snapshot,
    columns: Vec<TableColumn>,
    sources: Vec<Source>,
    identifiers: IdentifierColumns,
    rows: Pin<Box<RowStream>>,
}

/// A row, with the identifiers that are computed for it.
pub struct TableRow<'r> {
    columns: &'r [TableColumn],
    sources: &'r [Source],
    row: Row,
    cusip: Option<String>,
    isin: Option<String>,
}

/// Where a column's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A column of the query.
    Stored(usize),
    Cusip,
    Isin,
}

/// The columns of the query that the identifiers are computed from.
#[derive(Debug, Clone, Copy, Default)]
struct IdentifierColumns {
    stored_cusip: Option<usize>,
    key: Option<(usize, usize)>,
    country: Option<usize>,
}

impl<'s> TableRows<'s> {
    pub(super) async fn of(
        snapshot: &'s Snapshot,
        relation: Relation,
        filter: &RowFilter,
    ) -> Result<Self, Error> {
        let stored = stored_columns(snapshot, relation).await?;
        let query = query(snapshot, relation, &stored, filter);
        let parameters = Parameters::new(filter);
        Self::start(snapshot, stored, &query, &parameters.values()).await
    }

    /// Starts a query that has these columns.
    pub(super) async fn start(
        snapshot: &'s Snapshot,
        stored: Vec<TableColumn>,
        query: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Self, Error> {
        let client = snapshot.transaction.client();
        let rows = match client.query_stream(query, parameters).await {
            Ok(rows) => Box::pin(rows),
            Err(error) => return Err(snapshot.failed(error).await),
        };
        let (columns, sources, identifiers) = with_identifiers(stored);
        Ok(Self {
            snapshot,
            columns,
            sources,
            identifiers,
            rows,
        })
    }

    /// Returns the columns.
    #[must_use]
    pub fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    /// Returns the next row, or `None` after the last one.
    ///
    /// # Errors
    ///
    /// Same as [`Database::securities`](crate::Database::securities).
    pub async fn next(&mut self) -> Result<Option<TableRow<'_>>, Error> {
        let row = match self.rows.next().await {
            None => return Ok(None),
            Some(Ok(row)) => row,
            Some(Err(error)) => return Err(self.snapshot.failed(error).await),
        };
        let (cusip, isin) = (self.identifiers.of(&row))
            .map_err(|error| self.snapshot.database.statement(EXPORTING, error))?;
        Ok(Some(TableRow {
            columns: &self.columns,
            sources: &self.sources,
            row,
            cusip,
            isin,
        }))
    }

    /// Builds the error for a value that is not of its column's type.
    #[must_use]
    pub fn unreadable(&self, error: InvalidValue) -> Error {
        self.snapshot.database.statement_failed(EXPORTING, error)
    }
}

impl TableRow<'_> {
    /// Returns the values, in the order of the columns.
    ///
    /// Each is an error if it is not one of its column's type, such as the date `infinity`.
    pub fn values(&self) -> impl Iterator<Item = Result<Value<'_>, InvalidValue>> {
        let columns = self.columns.iter().zip(self.sources);
        columns.map(|(column, source)| match source {
            Source::Cusip => Ok(text(self.cusip.as_deref())),
            Source::Isin => Ok(text(self.isin.as_deref())),
            Source::Stored(index) => {
                let value = self.row.try_get::<_, Option<Raw<'_>>>(index);
                let value = value.map_err(Into::into);
                value
                    .and_then(|value| column.value_type.decode(value))
                    .map_err(|problem| InvalidValue {
                        column: column.name.clone(),
                        problem,
                    })
            }
        })
    }
}

/// The error for a value that cannot be exported.
#[derive(Debug, thiserror::Error)]
#[error("a value of the column {column} cannot be exported: {problem}")]
#[non_exhaustive]
pub struct InvalidValue {
    /// The column.
    pub column: String,
    problem: Box<dyn std::error::Error + Send + Sync>,
}

impl IdentifierColumns {
    /// Returns the row's CUSIP with nine characters, and its ISIN.
    fn of(&self, row: &Row) -> Result<(Option<String>, Option<String>), tokio_postgres::Error> {
        let cusip = match (self.stored_cusip, self.key) {
            (Some(index), _) => row.try_get::<_, Option<&str>>(index)?.map(nine_characters),
            (None, Some((issuer_num, issue_num))) => {
                let issuer_num: &str = row.try_get(issuer_num)?;
                let issue_num: &str = row.try_get(issue_num)?;
                cusip(issuer_num, issue_num).map(|cusip| cusip.to_string())
            }
            (None, None) => None,
        };
        let country = match self.country {
            Some(index) => row.try_get::<_, Option<&str>>(index)?,
            None => None,
        };
        let isin = cusip.as_deref().and_then(|cusip| isin(cusip, country));
        Ok((cusip, isin))
    }
}

/// Asks for the columns of a view or table.
pub(super) async fn stored_columns(
    snapshot: &Snapshot,
    relation: Relation,
) -> Result<Vec<TableColumn>, Error> {
    let query = "select attname::text, format_type(atttypid, null)
        from pg_attribute
        where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
        order by attnum";
    let name = relation.name();
    let client = snapshot.transaction.client();
    let rows = match client.query(query, &[&name]).await {
        Ok(rows) => rows,
        Err(error) => return Err(snapshot.failed(error).await),
    };
    let column = |row: &Row| -> Result<TableColumn, Box<dyn std::error::Error + Send + Sync>> {
        let name: String = row.try_get(0)?;
        let value_type = ValueType::of(&name, row.try_get(1)?)?;
        let is_required = relation.has_key() && KEY.contains(&name.as_str());
        Ok(TableColumn {
            name,
            value_type,
            is_required,
        })
    };
    let columns: Result<_, _> = rows.iter().map(column).collect();
    columns.map_err(|error| snapshot.database.statement_failed(EXPORTING, error))
}

fn query(
    snapshot: &Snapshot,
    relation: Relation,
    columns: &[TableColumn],
    filter: &RowFilter,
) -> String {
    let name = relation.name();
    let suffix = snapshot.suffix();
    let mut conditions = filter::conditions(relation, filter, &suffix);
    let from = match snapshot.as_of {
        Some(job) if relation.is_master() => {
            conditions.push(format!(
                "rows.from_job_id <= {job} and (rows.until_job_id is null or rows.until_job_id > {job})"
            ));
            format!("{name}_version")
        }
        Some(_) => format!("{name}{suffix}"),
        None => name.to_owned(),
    };
    let is_version = snapshot.as_of.is_some() && relation.is_master();
    let columns: Vec<_> = (columns.iter())
        .map(|column| match column.name.as_str() {
            "last_job_id" if is_version => "rows.from_job_id as last_job_id".to_owned(),
            name => format!("rows.{name}"),
        })
        .collect();
    let condition = match conditions.is_empty() {
        true => String::new(),
        false => format!("where {}", conditions.join(" and ")),
    };
    format!(
        "select {} from {from} as rows {condition} order by {}",
        columns.join(", "),
        relation.order()
    )
}

/// Adds the columns of the identifiers, or completes those that are there.
fn with_identifiers(
    stored: Vec<TableColumn>,
) -> (Vec<TableColumn>, Vec<Source>, IdentifierColumns) {
    let position = |name| stored.iter().position(|column| column.name == name);
    let identifiers = IdentifierColumns {
        stored_cusip: position(CUSIP),
        key: position(KEY[0]).zip(position(KEY[1])),
        country: position(COUNTRY),
    };
    let identifier = |name: &str, is_required| TableColumn {
        name: name.to_owned(),
        value_type: ValueType::Text,
        is_required,
    };
    let cusip = |is_required| (identifier(CUSIP, is_required), Source::Cusip);
    let isin = || (identifier(ISIN, false), Source::Isin);
    let has_key = identifiers.key.is_some();
    let mut columns = Vec::with_capacity(stored.len() + 2);
    if identifiers.stored_cusip.is_none() && has_key {
        columns.push(cusip(true));
        columns.extend(identifiers.country.map(|_| isin()));
    }
    for (index, column) in stored.into_iter().enumerate() {
        if identifiers.stored_cusip == Some(index) {
            columns.push(cusip(has_key));
            columns.extend(identifiers.country.map(|_| isin()));
        } else {
            columns.push((column, Source::Stored(index)));
        }
    }
    let (columns, sources) = columns.into_iter().unzip();
    (columns, sources, identifiers)
}

fn cusip(issuer_num: &str, issue_num: &str) -> Option<Cusip> {
    let issuer_num = IssuerNum::new(issuer_num.as_bytes().try_into().ok()?)?;
    let issue_num = IssueNum::new(issue_num.as_bytes().try_into().ok()?)?;
    Some(Cusip::new(issuer_num, issue_num))
}

/// Returns a CUSIP with its check digit. If wrong ones were allowed, they were loaded as received.
fn nine_characters(stored: &str) -> String {
    match Cusip::parse_loosely(stored) {
        Ok(cusip) => cusip.to_string(),
        Err(_) => stored.to_owned(),
    }
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Null, Value::Text)
}

impl fmt::Debug for TableRows<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("TableRows"))
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TableRow<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.values()).finish()
    }
}
