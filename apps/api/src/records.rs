//! Securities, their history, and changes, as pages read them: on connections of their own, with a time
//! limit, and with errors as problems.

use std::time::Duration;

use cusip_connect::PoolLimits;
use cusip_jobs::{AsOf, ChangeCount, ChangeCursor, RecordChange, SearchHit, Security, State};
use cusip_pif::{Cusip, Date};
use cusip_postgres::{Changes, Database, Error as DatabaseError, JobRange};

use crate::database_read::read_within;
use crate::problem::Problem;

/// People read one page at a time.
const POOL: PoolLimits = PoolLimits::new(2, Duration::from_secs(5));
/// A database that takes longer to answer counts as unavailable.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Reads what loads brought.
#[derive(Debug)]
pub(crate) struct Records {
    database: Database,
}

/// Something, or why the database has no such state: nothing was loaded by then, or its history was pruned.
pub(crate) type OrNoState<T> = Result<T, String>;

/// What the loads of a day changed.
#[derive(Debug)]
pub(crate) struct DayChanges {
    pub(crate) range: JobRange,
    pub(crate) counts: Vec<ChangeCount>,
    pub(crate) changes: Vec<RecordChange>,
}

impl Records {
    pub(crate) fn new(database: &Database) -> Self {
        let database = database.with_pool(POOL);
        Self { database }
    }

    pub(crate) async fn search(&self, words: &str, limit: u32) -> Result<Vec<SearchHit>, Problem> {
        self.read(|| self.database.search(words, limit)).await
    }

    /// Returns the current state, or `None` if nothing was loaded.
    pub(crate) async fn current_state(&self) -> Result<Option<State>, Problem> {
        self.read(|| self.database.current_state()).await
    }

    pub(crate) async fn security(&self, cusip: Cusip) -> Result<Option<Security>, Problem> {
        self.read(|| self.database.security(cusip)).await
    }

    /// Returns a security as it was after a day, with the state that this is.
    pub(crate) async fn past_security(
        &self,
        cusip: Cusip,
        day: Date,
    ) -> Result<OrNoState<(State, Option<Security>)>, Problem> {
        let found = || async {
            let state = self.database.state(&AsOf::Day(day)).await?;
            let mut answers = self.database.securities_as_of(&[cusip], state.job).await?;
            Ok((state, answers.next().await?.flatten()))
        };
        self.read_state(found).await
    }

    /// Returns the newest versions of a security.
    pub(crate) async fn history(
        &self,
        cusip: Cusip,
        limit: usize,
    ) -> Result<Vec<RecordChange>, Problem> {
        let found = || async {
            let changes = self.database.security_history(cusip).await?;
            first(changes, limit).await
        };
        self.read(found).await
    }

    /// Returns what the loads of a day changed: how much, and the changes after a position.
    pub(crate) async fn changes(
        &self,
        day: Date,
        after: Option<&ChangeCursor>,
        limit: u32,
    ) -> Result<OrNoState<DayChanges>, Problem> {
        let found = || async {
            let range = self.database.loads_of_day(day).await?;
            let counts = self.database.count_changes(range).await?;
            let changes = self.database.changes(range, after, Some(limit)).await?;
            let changes = first(changes, limit as usize).await?;
            Ok(DayChanges {
                range,
                counts,
                changes,
            })
        };
        self.read_state(found).await
    }

    async fn read_state<T, F>(
        &self,
        read: impl Fn() -> F + Send + Sync,
    ) -> Result<OrNoState<T>, Problem>
    where
        T: Send,
        F: Future<Output = Result<T, DatabaseError>> + Send,
    {
        let read = &read;
        let read_or_reason = || async move {
            match read().await {
                Err(DatabaseError::NoSuchState { reason, .. }) => Ok(Err(reason)),
                read => read.map(Ok),
            }
        };
        self.read(read_or_reason).await
    }

    async fn read<T, F>(&self, read: impl Fn() -> F + Send + Sync) -> Result<T, Problem>
    where
        T: Send,
        F: Future<Output = Result<T, DatabaseError>> + Send,
    {
        read_within(TIME_LIMIT, self.database.place(), read).await
    }
}

async fn first(mut changes: Changes, limit: usize) -> Result<Vec<RecordChange>, DatabaseError> {
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(change) = changes.next().await?
    {
        found.push(change);
    }
    Ok(found)
}
