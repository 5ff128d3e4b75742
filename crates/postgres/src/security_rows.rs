//! Securities as rows of `v_security`, with the state that they belong to.

mod columns;

use std::fmt;

use cusip_connect::Parameter;
use cusip_jobs::{JobId, State};
use cusip_pif::{Cusip, IssuerNum};
use serde_json::Value;
use tokio_postgres::Row;

pub use self::columns::{ColumnType, SECURITY_COLUMNS};
use crate::database::Database;
use crate::error::Error;
use crate::job_log::decode;
use crate::lookup::isin;
use crate::streamed_rows::StreamedRows;

const LOOKING_UP: &str = "look up securities";
const LISTING: &str = "list securities";

/// Which securities to list, in the order of their numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SecurityFilter {
    /// Only those of this issuer.
    pub issuer: Option<IssuerNum>,
    /// Only those after this one.
    pub after: Option<Cusip>,
    /// At most this many.
    pub limit: Option<u32>,
}

/// A security: its row of the view `v_security`, with its ISIN after the CUSIP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityRow {
    cusip: Cusip,
    json: String,
}

impl SecurityRow {
    /// Returns the CUSIP.
    #[must_use]
    pub const fn cusip(&self) -> Cusip {
        self.cusip
    }

    /// Returns the row as a JSON object. Its fields are [`SECURITY_COLUMNS`]; numbers have every digit.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

impl Database {
    /// Looks up any number of securities in one query, with the state that they belong to: the current one,
    /// or that after a load. There is an answer for each CUSIP, in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchState`] if there is no such load, or its state was pruned; otherwise same as
    /// [`securities`](Self::securities).
    pub async fn look_up_rows(
        &self,
        cusips: &[Cusip],
        job: Option<JobId>,
    ) -> Result<SecurityRows, Error> {
        let query = format!(
            "{} select {STATE_COLUMNS}, found.*
            from (
                select * from unnest($1::text[], $2::text[])
                    with ordinality as number (issuer_num, issue_num, place)
                order by place
            ) as asked
            left join lateral (
                select {} from {} as security
                where security.issuer_num = asked.issuer_num and security.issue_num = asked.issue_num
                offset 0
            ) as found on true
            order by asked.place",
            state(job),
            columns::selected(),
            view(job)
        );
        let (issuer_nums, issue_nums) = numbers(cusips);
        self.security_rows_of(LOOKING_UP, &query, &[&issuer_nums, &issue_nums])
            .await
    }

    /// Looks up a few securities in the current state. Same as [`look_up_rows`](Self::look_up_rows), but the
    /// server plans the query only once for each connection, and keeps all rows until the last one is there.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn look_up_few(&self, cusips: &[Cusip]) -> Result<SecurityRows, Error> {
        let query = "select * from look_up_securities($1, $2)";
        let (issuer_nums, issue_nums) = numbers(cusips);
        self.security_rows_of(LOOKING_UP, query, &[&issuer_nums, &issue_nums])
            .await
    }

    /// Lists securities in the order of their numbers, with the state that they belong to.
    ///
    /// # Errors
    ///
    /// Same as [`look_up_rows`](Self::look_up_rows).
    pub async fn list_rows(
        &self,
        filter: &SecurityFilter,
        job: Option<JobId>,
    ) -> Result<SecurityRows, Error> {
        let mut conditions = vec!["true"];
        let issuer = filter.issuer.map(|issuer| issuer.to_string());
        if issuer.is_some() {
            conditions.push("security.issuer_num = $1");
        }
        let (issuer_num, issue_num) = match filter.after {
            Some(after) => {
                conditions.push("(security.issuer_num, security.issue_num) > ($2, $3)");
                (
                    Some(after.issuer_num().to_string()),
                    Some(after.issue_num().to_string()),
                )
            }
            None => (None, None),
        };
        let query = format!(
            "{} select {STATE_COLUMNS}, {} from {} as security
            where {} order by security.issuer_num, security.issue_num limit $4",
            state(job),
            columns::selected(),
            view(job),
            conditions.join(" and ")
        );
        let limit = filter.limit.map(i64::from);
        let parameters: [&dyn Parameter; 4] = [&issuer, &issuer_num, &issue_num, &limit];
        self.security_rows_of(LISTING, &query, &parameters).await
    }

    /// Returns an issuer as a row of the view `v_issuer`, as a JSON object; in the current state, or in that
    /// after a load.
    ///
    /// # Errors
    ///
    /// Same as [`look_up_rows`](Self::look_up_rows).
    pub async fn issuer_row(
        &self,
        issuer: IssuerNum,
        job: Option<JobId>,
    ) -> Result<Option<String>, Error> {
        let view = match job {
            Some(job) => format!("v_issuer_as_of('job:{job}')"),
            None => "v_issuer".to_owned(),
        };
        let client = self.client().await?;
        let query = format!(
            "select row_to_json(issuer)::text from {view} as issuer where issuer.issuer_num = $1"
        );
        let found = client.query_opt(&query, &[&issuer.to_string()]).await;
        match found.and_then(|row| row.map(|row| row.try_get(0)).transpose()) {
            Ok(found) => Ok(found),
            Err(error) => Err(self.lookup_error(&client, "look up an issuer", error).await),
        }
    }

    async fn security_rows_of(
        &self,
        task: &'static str,
        query: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<SecurityRows, Error> {
        let rows = StreamedRows::of(self, task, query, parameters).await?;
        let mut rows = SecurityRows {
            database: self.clone(),
            task,
            rows,
            first: None,
        };
        rows.first = rows.next_row().await?;
        Ok(rows)
    }
}

/// Rows of securities, one by one. It holds a connection until it is dropped.
pub struct SecurityRows {
    database: Database,
    task: &'static str,
    rows: StreamedRows,
    /// It was read to learn the state.
    first: Option<Row>,
}

impl SecurityRows {
    /// Returns the state that the rows belong to; `None` if there are no rows, or nothing was loaded.
    ///
    /// It is that of the query's snapshot, even if a load commits at the same time. Ask before the first
    /// row is taken.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server's answer is not a state.
    pub fn state(&self) -> Result<Option<State>, Error> {
        let Some(row) = &self.first else {
            return Ok(None);
        };
        let read = || -> Result<_, tokio_postgres::Error> {
            let job: Option<i64> = row.try_get("state_job")?;
            let date = decode::day(row, "state_date")?;
            Ok(job.map(|job| State {
                job: JobId(job),
                date,
            }))
        };
        read().map_err(|error| self.database.statement(self.task, error))
    }

    /// Returns the next row, which is `None` if there is no such security; or `None` after the last one.
    ///
    /// # Errors
    ///
    /// Same as [`Database::look_up_rows`].
    pub async fn next(&mut self) -> Result<Option<Option<SecurityRow>>, Error> {
        let row = match self.first.take() {
            Some(row) => Some(row),
            None => self.next_row().await?,
        };
        let row = row.map(|row| security_row(&row)).transpose();
        row.map_err(|error| self.database.statement_failed(self.task, error))
    }

    async fn next_row(&mut self) -> Result<Option<Row>, Error> {
        match self.rows.next().await.transpose() {
            Ok(row) => Ok(row),
            Err(error) => {
                let client = self.rows.client();
                Err(self.database.lookup_error(client, self.task, error).await)
            }
        }
    }
}

impl fmt::Debug for SecurityRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SecurityRows")
            .finish_non_exhaustive()
    }
}

/// Returns the issuer numbers and the issue numbers.
fn numbers(cusips: &[Cusip]) -> (Vec<String>, Vec<String>) {
    let numbers = cusips.iter().map(|cusip| {
        (
            cusip.issuer_num().to_string(),
            cusip.issue_num().to_string(),
        )
    });
    numbers.unzip()
}

const STATE_COLUMNS: &str =
    "(select job_id from state) as state_job, (select load_date from state) as state_date";

/// Selects the state in the query's own snapshot.
fn state(job: Option<JobId>) -> String {
    let which = match job {
        Some(job) => format!("where job_id = {job}"),
        None => "order by job_id desc limit 1".to_owned(),
    };
    format!(
        "with state as materialized (
            select job_id, to_char(load_date, 'YYYY-MM-DD') as load_date from v_load {which}
        )"
    )
}

fn view(job: Option<JobId>) -> String {
    match job {
        Some(job) => format!("v_security_as_of('job:{job}')"),
        None => "v_security".to_owned(),
    }
}

fn security_row(
    row: &Row,
) -> Result<Option<SecurityRow>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(number) = row.try_get::<_, Option<&str>>("number")? else {
        return Ok(None);
    };
    let cusip = Cusip::parse_loosely(number)?;
    let stored: &str = row.try_get("stored")?;
    // A file may have no check digit; if wrong ones were allowed, they were loaded as received.
    let shown = match Cusip::parse_loosely(stored) {
        Ok(cusip) => cusip.to_string(),
        Err(_) => stored.to_owned(),
    };
    let isin = match isin(stored, row.try_get("country")?) {
        Some(isin) => format!("\"{isin}\""),
        None => "null".to_owned(),
    };
    let others: &str = row.try_get("others")?;
    let others = others.strip_prefix('{').ok_or("a row is not an object")?;
    Ok(Some(SecurityRow {
        cusip,
        json: format!(
            "{{\"cusip\":{},\"isin\":{isin},{others}",
            Value::from(shown)
        ),
    }))
}
