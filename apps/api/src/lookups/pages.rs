//! Securities, their history, and changes, as the pages of the console read them.

use std::time::Duration;

use cusip_connect::PoolLimits;
use cusip_jobs::{AsOf, ChangeCount, ChangeCursor, RecordChange, SearchHit, Security, State};
use cusip_pif::{Cusip, Date};
use cusip_postgres::{Changes, Error as DatabaseError, JobRange};

use super::Lookups;
use crate::database_read::read_within;
use crate::problem::Problem;

/// Pages have their own connections, so that people can look while programs use all others. They read one
/// page at a time.
pub(super) const POOL: PoolLimits = PoolLimits::new(2, Duration::from_secs(5));
/// A person waits less long than a program.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Something, or why the database has no such state: nothing was loaded by then, or its history was pruned.
pub(crate) type OrNoState<T> = Result<T, String>;

/// What the loads of a day changed.
#[derive(Debug)]
pub(crate) struct DayChanges {
    pub(crate) range: JobRange,
    pub(crate) counts: Vec<ChangeCount>,
    pub(crate) changes: Vec<RecordChange>,
}

impl Lookups {
    pub(crate) async fn search_for_page(
        &self,
        words: &str,
        limit: u32,
    ) -> Result<Vec<SearchHit>, Problem> {
        self.read_page(|| self.pages.search(words, limit)).await
    }

    /// Returns the current state, or `None` if nothing was loaded.
    pub(crate) async fn current_state(&self) -> Result<Option<State>, Problem> {
        self.read_page(|| self.pages.current_state()).await
    }

    /// Returns the records of a security.
    pub(crate) async fn records(&self, cusip: Cusip) -> Result<Option<Security>, Problem> {
        self.read_page(|| self.pages.security(cusip)).await
    }

    /// Returns the records of a security as they were after a day, with the state that this is.
    pub(crate) async fn past_records(
        &self,
        cusip: Cusip,
        day: Date,
    ) -> Result<(State, Option<Security>), Problem> {
        let found = || async {
            let state = self.pages.state(&AsOf::Day(day)).await?;
            let mut answers = self.pages.securities_as_of(&[cusip], state.job).await?;
            Ok((state, answers.next().await?.flatten()))
        };
        self.read_page(found).await
    }

    /// Returns the newest versions of a security.
    pub(crate) async fn newest_versions(
        &self,
        cusip: Cusip,
        limit: usize,
    ) -> Result<Vec<RecordChange>, Problem> {
        let found = || async {
            let changes = self.pages.security_history(cusip).await?;
            first(changes, limit).await
        };
        self.read_page(found).await
    }

    /// Returns what the loads of a day changed: how much, and the changes after a position.
    pub(crate) async fn changes_of_day(
        &self,
        day: Date,
        after: Option<&ChangeCursor>,
        limit: u32,
    ) -> Result<OrNoState<DayChanges>, Problem> {
        let found = || async {
            let range = self.pages.loads_of_day(day).await?;
            let counts = self.pages.count_changes(range).await?;
            let changes = self.pages.changes(range, after, Some(limit)).await?;
            let changes = first(changes, limit as usize).await?;
            Ok(DayChanges {
                range,
                counts,
                changes,
            })
        };
        self.read_page_of_state(found).await
    }

    async fn read_page_of_state<T, F>(
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
        self.read_page(read_or_reason).await
    }

    async fn read_page<T, F>(&self, read: impl Fn() -> F + Send + Sync) -> Result<T, Problem>
    where
        T: Send,
        F: Future<Output = Result<T, DatabaseError>> + Send,
    {
        read_within(TIME_LIMIT, self.pages.place(), read).await
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
