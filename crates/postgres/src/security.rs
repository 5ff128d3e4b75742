//! Looks up securities, as the readers' views show them.

use cusip_connect::{Client, Parameter};
use cusip_jobs::{SearchHit, Security};
use cusip_pif::Cusip;
use serde_json::{Map, Value};
use tokio_postgres::error::SqlState;

use crate::database::Database;
use crate::error::Error;

impl Database {
    /// Looks up a security.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`](cusip_connect::Pool::check_server); as
    /// [`check_schema`](Self::check_schema) if the views do not exist; [`Error::Connection`] if the
    /// query fails otherwise.
    pub async fn security(&self, cusip: Cusip) -> Result<Option<Security>, Error> {
        let client = self.client().await?;
        let query = "select row_to_json(issuer)::text, row_to_json(issue)::text,
                row_to_json(attribute)::text
            from v_issue as issue
            join v_issuer as issuer on issuer.issuer_num = issue.issuer_num
            left join v_issue_attribute as attribute
                on attribute.issuer_num = issue.issuer_num and attribute.issue_num = issue.issue_num
            where issue.issuer_num = $1 and issue.issue_num = $2";
        let (issuer_num, issue_num) = (cusip.issuer_num(), cusip.issue_num());
        let found = client
            .query_opt(query, &[&issuer_num.as_str(), &issue_num.as_str()])
            .await;
        let task = format!("look up {cusip}");
        let row = match found {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.lookup_error(&client, task, error).await),
        };
        let failed = |error| self.statement(task.as_str(), error);
        let map = |index| -> Result<Option<Map<String, Value>>, Error> {
            let text: Option<&str> = row.try_get(index).map_err(failed)?;
            let read = text.map(serde_json::from_str).transpose();
            read.map_err(|error| self.statement_failed(task.as_str(), error))
        };
        let issue = map(1)?.unwrap_or_default();
        // A wrong check digit was loaded as it came, if that was allowed.
        let stored = issue
            .get("cusip")
            .and_then(Value::as_str)
            .filter(|stored| stored.len() == 9);
        Ok(Some(Security {
            cusip: stored.map_or_else(|| cusip.to_string(), str::to_owned),
            issuer: map(0)?.unwrap_or_default(),
            issue,
            issue_attribute: map(2)?,
        }))
    }

    /// Searches for securities by words in the issuer name, description, ticker or underwriter.
    ///
    /// All words have to be found in one of these places. Returns at most `limit` hits, the best first.
    /// The CUSIP or ISIN of a security finds that security.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`](cusip_connect::Pool::check_server); as
    /// [`check_schema`](Self::check_schema) if the views do not exist; [`Error::Connection`] if the
    /// query fails otherwise.
    pub async fn search(&self, words: &str, limit: u32) -> Result<Vec<SearchHit>, Error> {
        let client = self.client().await?;
        // The protocol cannot send NUL in a string, and no security has one.
        let words = words.replace('\0', " ");
        let by_number = "select cusip, issuer_name, issue_description, ticker_symbol, underwriter,
                'cusip' as match_type, 1::real as rank
            from v_security where issuer_num = $1 and issue_num = $2";
        let by_words = "select cusip, issuer_name, issue_description, ticker_symbol, underwriter,
                match_type, rank
            from search_securities($1) limit $2";
        let search = async {
            if let Ok(cusip) = words.parse::<Cusip>() {
                let (issuer_num, issue_num) = (cusip.issuer_num(), cusip.issue_num());
                let numbers: [&dyn Parameter; 2] = [&issuer_num.as_str(), &issue_num.as_str()];
                let rows = client.query(by_number, &numbers).await?;
                if !rows.is_empty() {
                    return Ok(rows);
                }
            }
            client.query(by_words, &[&words, &i64::from(limit)]).await
        };
        let rows = match search.await {
            Ok(rows) => rows,
            Err(error) => return Err(self.lookup_error(&client, "search securities", error).await),
        };
        let hit = |row: &tokio_postgres::Row| SearchHit {
            cusip: row.get(0),
            issuer_name: row.get(1),
            issue_description: row.get(2),
            ticker_symbol: row.get(3),
            underwriter: row.get(4),
            match_type: row.get(5),
            rank: row.get(6),
        };
        Ok(rows.iter().map(hit).collect())
    }

    /// Makes the error of a look-up: a missing or outdated schema explains it best.
    ///
    /// The schema is checked only then, because a role that may read the views may not be allowed
    /// to read the schema's history.
    async fn lookup_error(
        &self,
        client: &Client,
        task: impl Into<String>,
        error: tokio_postgres::Error,
    ) -> Error {
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
