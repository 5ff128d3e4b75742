//! The database as look-ups read it: on their own connections, with time limits, and with errors as problems.
//!
//! Neither loads nor the job log wait for look-ups, and single look-ups do not wait for long answers.

mod batch;
mod identifier;
mod pages;

use std::time::Duration;

use cusip_connect::PoolLimits;
use cusip_jobs::{AsOf, ChangeCursor, JobId, SearchHit, State};
use cusip_pif::{Cusip, IssuerNum};
use cusip_postgres::{
    Changes, Database, Error as DatabaseError, JobRange, SecurityFilter, SecurityRow, SecurityRows,
};

use self::batch::Batches;
pub(crate) use self::identifier::{Unidentified, issuer_num, security_cusip};
pub(crate) use self::pages::DayChanges;
use crate::database_read::read_within;
use crate::problem::Problem;

/// The path of look-ups of many securities, to which the read token may send.
pub(crate) const LOOKUP_PATH: &str = "/securities/lookup";

/// The connections of answers with a few rows.
const SHORT: PoolLimits = PoolLimits::new(4, Duration::from_secs(5));
/// The connections of answers that are streamed to the client, at the client's speed.
const LONG: PoolLimits = PoolLimits::new(4, Duration::from_secs(5));
/// How long the database may take until the first rows of an answer.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(30);

/// How often an answer is read if a load commits each time.
const MOST_READS: usize = 3;

/// Looks up securities and what loads changed.
#[derive(Debug)]
pub(crate) struct Lookups {
    short: Database,
    long: Database,
    pages: Database,
    batches: Batches,
}

impl Lookups {
    /// Must be called in a runtime: it starts the tasks that look up single securities.
    pub(crate) fn new(database: &Database) -> Self {
        let short = database.with_pool(SHORT);
        Self {
            batches: Batches::start(&short),
            long: database.with_pool(LONG),
            pages: database.with_pool(pages::POOL),
            short,
        }
    }

    /// Returns what the pools of connections are doing, each with its name in the metrics.
    pub(crate) fn pool_states(&self) -> [(&'static str, cusip_connect::PoolState); 3] {
        let state = |database: &Database| database.pool().state();
        [
            ("lookups", state(&self.short)),
            ("streams", state(&self.long)),
            ("pages", state(&self.pages)),
        ]
    }

    /// Returns the state as of a day, a time or a job; or the current one, if anything has been loaded.
    pub(crate) async fn state(&self, as_of: Option<AsOf>) -> Result<Option<State>, Problem> {
        match as_of {
            Some(as_of) => self.read(|| self.short.state(&as_of)).await.map(Some),
            None => self.read(|| self.short.current_state()).await,
        }
    }

    /// Reads once more if a load commits meanwhile, so that the state is the one that was read. A database in
    /// which loads commit faster than that is read with the state before.
    pub(crate) async fn in_one_state<T, F>(
        &self,
        mut state: Option<State>,
        read: impl Fn() -> F + Send + Sync,
    ) -> Result<(Option<State>, T), Problem>
    where
        T: Send,
        F: Future<Output = Result<T, Problem>> + Send,
    {
        for _ in 1..MOST_READS {
            let found = read().await?;
            let after = self.state(None).await?;
            if after == state {
                return Ok((state, found));
            }
            state = after;
        }
        Ok((state, read().await?))
    }

    /// Looks up a security, together with others that are asked for at the same time.
    pub(crate) async fn security(
        &self,
        cusip: Cusip,
    ) -> Result<(Option<State>, Option<SecurityRow>), Problem> {
        self.batches.look_up(cusip).await
    }

    /// Looks up a security as it was after a load.
    pub(crate) async fn past_security(
        &self,
        cusip: Cusip,
        job: JobId,
    ) -> Result<Option<SecurityRow>, Problem> {
        self.read(|| past_row(&self.short, cusip, job)).await
    }

    /// Looks up securities in the current state, or in that after a load.
    pub(crate) async fn securities(
        &self,
        cusips: &[Cusip],
        job: Option<JobId>,
    ) -> Result<SecurityRows, Problem> {
        self.read(|| self.long.look_up_rows(cusips, job)).await
    }

    pub(crate) async fn list(
        &self,
        filter: &SecurityFilter,
        job: Option<JobId>,
    ) -> Result<SecurityRows, Problem> {
        self.read(|| self.long.list_rows(filter, job)).await
    }

    pub(crate) async fn search(&self, words: &str, limit: u32) -> Result<Vec<SearchHit>, Problem> {
        self.read(|| self.short.search(words, limit)).await
    }

    /// Returns an issuer as a JSON object.
    pub(crate) async fn issuer(
        &self,
        issuer: IssuerNum,
        job: Option<JobId>,
    ) -> Result<Option<String>, Problem> {
        self.read(|| self.short.issuer_row(issuer, job)).await
    }

    pub(crate) async fn history(&self, cusip: Cusip) -> Result<Changes, Problem> {
        self.read(|| self.long.security_history(cusip)).await
    }

    pub(crate) async fn changes(
        &self,
        range: JobRange,
        after: Option<&ChangeCursor>,
        limit: Option<u32>,
    ) -> Result<Changes, Problem> {
        self.read(|| self.long.changes(range, after, limit)).await
    }

    /// Returns the database's name for errors.
    pub(crate) fn place(&self) -> &str {
        self.short.place()
    }

    async fn read<T, F>(&self, read: impl Fn() -> F + Send + Sync) -> Result<T, Problem>
    where
        T: Send,
        F: Future<Output = Result<T, DatabaseError>> + Send,
    {
        read_within(TIME_LIMIT, self.place(), read).await
    }
}

async fn past_row(
    database: &Database,
    cusip: Cusip,
    job: JobId,
) -> Result<Option<SecurityRow>, DatabaseError> {
    let mut rows = database.look_up_rows(&[cusip], Some(job)).await?;
    let found = rows.next().await?;
    // After the end of the rows, their connection can be used again.
    rows.next().await?;
    Ok(found.flatten())
}
