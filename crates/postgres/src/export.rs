//! Whole views and tables, row by row, in one snapshot.

mod filter;
mod relation;
mod rows;
mod value;
mod versions;

use std::fmt;

use cusip_connect::{Parameter, Transaction};
use cusip_jobs::{AsOf, JobId, State};
use cusip_pif::FileKind;

pub use self::filter::RowFilter;
pub use self::relation::{Relation, UnknownRelation};
pub use self::rows::{InvalidValue, TableRow, TableRows};
pub use self::value::{TableColumn, Value, ValueType};
use crate::database::Database;
use crate::error::Error;
use crate::history::{JobRange, PAST_LOAD, PastLoad, past_load, read_state};

const EXPORTING: &str = "export rows";
const STATE_COLUMNS: &str = "job_id, to_char(load_date, 'YYYY-MM-DD') as load_date";

/// A read-only transaction that sees one state of the database, however many loads commit meanwhile.
///
/// It holds a connection. If it is dropped, the server is asked to cancel what may still run.
pub struct Snapshot {
    database: Database,
    transaction: Transaction,
    state: Option<State>,
    /// The load whose state is shown, if it is an earlier one.
    as_of: Option<JobId>,
}

impl Database {
    /// Begins a snapshot of the current state, or of an earlier one.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchState`] if no such state exists or if it was pruned; otherwise same as
    /// [`securities`](Self::securities).
    pub async fn snapshot(&self, as_of: Option<&AsOf>) -> Result<Snapshot, Error> {
        let transaction = Transaction::begin_snapshot(self.pool()).await?;
        let mut snapshot = Snapshot {
            database: self.clone(),
            transaction,
            state: None,
            as_of: None,
        };
        let (query, parameter) = match as_of {
            Some(as_of) => (
                format!("select {STATE_COLUMNS} from resolve_as_of($1)"),
                Some(as_of.to_string()),
            ),
            None => (
                format!("select {STATE_COLUMNS} from v_load order by job_id desc limit 1"),
                None,
            ),
        };
        let parameters: &[&dyn Parameter] = match &parameter {
            Some(parameter) => &[parameter],
            None => &[],
        };
        let found = snapshot
            .transaction
            .client()
            .query_opt(&query, parameters)
            .await;
        let state = found.and_then(|row| row.as_ref().map(read_state).transpose());
        snapshot.state = match state {
            Ok(state) => state,
            Err(error) => return Err(snapshot.failed(error).await),
        };
        if as_of.is_some() {
            snapshot.as_of = snapshot.state.map(|state| state.job);
        }
        Ok(snapshot)
    }
}

impl Snapshot {
    /// Returns the state that the snapshot shows, or `None` if nothing has been loaded.
    #[must_use]
    pub const fn state(&self) -> Option<State> {
        self.state
    }

    /// Returns the rows of a view or table, in the order of their keys.
    ///
    /// # Errors
    ///
    /// Same as [`Database::securities`].
    pub async fn rows(
        &self,
        relation: Relation,
        filter: &RowFilter,
    ) -> Result<TableRows<'_>, Error> {
        TableRows::of(self, relation, filter).await
    }

    /// Returns all loads that were committed, oldest first.
    ///
    /// # Errors
    ///
    /// Same as [`Database::securities`].
    pub async fn past_loads(&self) -> Result<Vec<PastLoad>, Error> {
        let query = format!("select {PAST_LOAD} from v_load order by job_id");
        let rows = self.transaction.client().query(&query, &[]).await;
        match rows.and_then(|rows| rows.iter().map(past_load).collect()) {
            Ok(loads) => Ok(loads),
            Err(error) => Err(self.failed(error).await),
        }
    }

    /// Returns the versions of a kind's records that loads brought, in the order of their keys: of each record
    /// the last one, and of a record that was deleted by hand the one before.
    ///
    /// The columns are the CUSIP and ISIN of [`rows`](Self::rows), those of the table with `job_id` for the
    /// load that began the version, and `change`: `inserted`, `changed` or `deleted`. With loads from the first
    /// one, the versions are the whole state, and `oldest` are those that had earlier ones which were pruned.
    ///
    /// # Errors
    ///
    /// Same as [`Database::securities`].
    pub async fn versions(&self, kind: FileKind, jobs: JobRange) -> Result<TableRows<'_>, Error> {
        TableRows::of_versions(self, kind, jobs).await
    }

    /// Returns the records of a kind as a load left them, in the order of their keys. The columns are those of
    /// [`versions`](Self::versions) without `change`.
    ///
    /// # Errors
    ///
    /// Same as [`Database::securities`].
    pub async fn records(&self, kind: FileKind, job: JobId) -> Result<TableRows<'_>, Error> {
        TableRows::of_records(self, kind, job).await
    }

    /// Returns which identifiers of a filter have no record in the snapshot, each CUSIP with nine characters.
    ///
    /// # Errors
    ///
    /// Same as [`Database::securities`].
    pub async fn missing(&self, filter: &RowFilter) -> Result<Vec<String>, Error> {
        filter::missing(self, filter).await
    }

    /// Ends the transaction, and so the snapshot.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server does not confirm it.
    pub async fn end(self) -> Result<(), Error> {
        Ok(self.transaction.commit().await?)
    }

    /// Returns what follows a view's name in a query.
    fn suffix(&self) -> String {
        (self.as_of).map_or_else(String::new, |job| format!("_as_of('job:{job}')"))
    }

    /// Explains an error. The transaction has failed, so another connection looks at the schema.
    async fn failed(&self, error: tokio_postgres::Error) -> Error {
        match self.database.client().await {
            Ok(client) => self.database.lookup_error(&client, EXPORTING, error).await,
            Err(_) => self.database.statement(EXPORTING, error),
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Snapshot")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
