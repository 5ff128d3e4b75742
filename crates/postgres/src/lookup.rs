//! Looks up securities by CUSIP, as the readers' views show them.

use std::fmt;
use std::pin::Pin;

use cusip_connect::{Client, Parameter, PooledClient};
use cusip_jobs::{JobId, Security};
use cusip_pif::Cusip;
use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Row, RowStream};

use crate::database::Database;
use crate::error::Error;
use crate::history::no_such_state;

const LOOKING_UP: &str = "look up securities";

impl Database {
    /// Looks up a security.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn security(&self, cusip: Cusip) -> Result<Option<Security>, Error> {
        let mut answers = self.securities(&[cusip]).await?;
        Ok(answers.next().await?.flatten())
    }

    /// Looks up any number of securities in one query. The answers come one by one, in the order of the
    /// CUSIPs, so memory does not grow with their number.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`](cusip_connect::Pool::check_server); as
    /// [`check_schema`](Self::check_schema) if the views do not exist; [`Error::Connection`] if the
    /// query fails otherwise.
    pub async fn securities(&self, cusips: &[Cusip]) -> Result<Answers<Security>, Error> {
        self.look_up(cusips, &documents(""), security).await
    }

    /// Looks up any number of securities like [`securities`](Self::securities), as they were after a
    /// load.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchState`] if there is no such load, or its state was pruned; otherwise same as
    /// [`securities`](Self::securities).
    pub async fn securities_as_of(
        &self,
        cusips: &[Cusip],
        job: JobId,
    ) -> Result<Answers<Security>, Error> {
        self.look_up(cusips, &documents(&as_of(job)), security)
            .await
    }

    /// Looks up any number of securities in one query, each as its row of the view `v_security` with its
    /// ISIN after the CUSIP.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn security_rows(
        &self,
        cusips: &[Cusip],
    ) -> Result<Answers<Map<String, Value>>, Error> {
        self.look_up(cusips, &rows(""), security_row).await
    }

    /// Looks up any number of securities like [`security_rows`](Self::security_rows), as they were after
    /// a load.
    ///
    /// # Errors
    ///
    /// Same as [`securities_as_of`](Self::securities_as_of).
    pub async fn security_rows_as_of(
        &self,
        cusips: &[Cusip],
        job: JobId,
    ) -> Result<Answers<Map<String, Value>>, Error> {
        self.look_up(cusips, &rows(&as_of(job)), security_row).await
    }

    async fn look_up<T>(
        &self,
        cusips: &[Cusip],
        security: &str,
        read: fn(&Row) -> Result<Option<T>, ReadError>,
    ) -> Result<Answers<T>, Error> {
        let client = self.client().await?;
        let query = format!(
            "select found.* from (
                select * from unnest($1::text[], $2::text[])
                    with ordinality as number (issuer_num, issue_num, place)
                order by place
            ) as asked
            left join lateral ({security} offset 0) as found on true order by asked.place"
        );
        let numbers = |part: fn(&Cusip) -> String| cusips.iter().map(part).collect::<Vec<_>>();
        let issuer_nums = numbers(|cusip| cusip.issuer_num().to_string());
        let issue_nums = numbers(|cusip| cusip.issue_num().to_string());
        let parameters: [&dyn Parameter; 2] = [&issuer_nums, &issue_nums];
        let rows = match client.query_stream(&query, &parameters).await {
            Ok(rows) => Box::pin(rows),
            Err(error) => return Err(self.lookup_error(&client, LOOKING_UP, error).await),
        };
        Ok(Answers {
            database: self.clone(),
            client,
            rows,
            read,
        })
    }

    /// Builds the error of a failed look-up: a missing or outdated schema explains it best.
    ///
    /// The schema is checked only then, because a role that may read the views may not be allowed
    /// to read the schema's history.
    pub(crate) async fn lookup_error(
        &self,
        client: &Client,
        task: impl Into<String>,
        error: tokio_postgres::Error,
    ) -> Error {
        if let Some(error) = no_such_state(&error) {
            return error;
        }
        let missing = [
            SqlState::UNDEFINED_TABLE,
            SqlState::UNDEFINED_FUNCTION,
            SqlState::UNDEFINED_COLUMN,
        ];
        if error.code().is_some_and(|code| missing.contains(code))
            && let Err(schema) = self.check_schema_of(client).await
        {
            return schema;
        }
        self.statement(task, error)
    }
}

/// Returns what follows a view's name if it should show the state after a load.
fn as_of(job: JobId) -> String {
    format!("_as_of('job:{job}')")
}

/// Selects a security's three records, from the views or from their states.
fn documents(as_of: &str) -> String {
    format!(
        "select row_to_json(issuer)::text, row_to_json(issue)::text, row_to_json(attribute)::text
        from v_issue{as_of} as issue
        join v_issuer{as_of} as issuer on issuer.issuer_num = issue.issuer_num
        left join v_issue_attribute{as_of} as attribute
            on attribute.issuer_num = issue.issuer_num and attribute.issue_num = issue.issue_num
        where issue.issuer_num = asked.issuer_num and issue.issue_num = asked.issue_num"
    )
}

/// Selects a security's row, from the view or from its state.
fn rows(as_of: &str) -> String {
    format!(
        "select row_to_json(security)::text from v_security{as_of} as security
        where security.issuer_num = asked.issuer_num and security.issue_num = asked.issue_num"
    )
}

/// The answers of a look-up, in the order of its CUSIPs. It holds a connection until it is dropped.
pub struct Answers<T> {
    database: Database,
    client: PooledClient,
    rows: Pin<Box<RowStream>>,
    read: fn(&Row) -> Result<Option<T>, ReadError>,
}

impl<T> Answers<T> {
    /// Returns the answer for the next CUSIP, which is `None` if there is no such security; or `None`
    /// after the last CUSIP.
    ///
    /// # Errors
    ///
    /// Same as [`Database::securities`].
    pub async fn next(&mut self) -> Result<Option<Option<T>>, Error> {
        match self.rows.next().await {
            None => Ok(None),
            Some(Err(error)) => {
                let error = self.database.lookup_error(&self.client, LOOKING_UP, error);
                Err(error.await)
            }
            Some(Ok(row)) => (self.read)(&row)
                .map(Some)
                .map_err(|error| self.database.statement_failed(LOOKING_UP, error)),
        }
    }
}

impl<T> fmt::Debug for Answers<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Answers").finish_non_exhaustive()
    }
}

type ReadError = Box<dyn std::error::Error + Send + Sync>;

fn security(row: &Row) -> Result<Option<Security>, ReadError> {
    let (Some(issuer), Some(issue)) = (map(row, 0)?, map(row, 1)?) else {
        return Ok(None);
    };
    let cusip = nine_characters(&issue);
    Ok(Some(Security {
        cusip,
        issuer,
        issue,
        issue_attribute: map(row, 2)?,
    }))
}

fn security_row(row: &Row) -> Result<Option<Map<String, Value>>, ReadError> {
    let Some(mut columns) = map(row, 0)? else {
        return Ok(None);
    };
    let cusip = nine_characters(&columns);
    let country = columns.get("domicile_code").and_then(Value::as_str);
    let isin = isin(&cusip, country);
    columns.shift_remove("cusip");
    let identifiers = [("cusip", Some(cusip)), ("isin", isin)];
    let identifiers = identifiers.map(|(name, value)| (name.to_owned(), value.into()));
    Ok(Some(identifiers.into_iter().chain(columns).collect()))
}

/// Returns the ISIN, if the country of domicile is known and its ISINs contain this CUSIP.
pub(crate) fn isin(cusip: &str, country: Option<&str>) -> Option<String> {
    Cusip::parse_loosely(cusip).ok()?.to_isin(country?)
}

fn map(row: &Row, index: usize) -> Result<Option<Map<String, Value>>, ReadError> {
    let text: Option<&str> = row.try_get(index)?;
    Ok(text.map(serde_json::from_str).transpose()?)
}

/// Returns the CUSIP with its check digit, which is computed if the file had none. If wrong check digits
/// were allowed, they were loaded as received.
fn nine_characters(columns: &Map<String, Value>) -> String {
    let stored = columns
        .get("cusip")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match Cusip::parse_loosely(stored) {
        Ok(cusip) => cusip.to_string(),
        Err(_) => stored.to_owned(),
    }
}
