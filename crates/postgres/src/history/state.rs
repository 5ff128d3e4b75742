//! States of the database, and the loads that made them.

use std::time::SystemTime;

use cusip_connect::Parameter;
use cusip_jobs::{AsOf, JobId, State};
use cusip_pif::Date;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use crate::database::Database;
use crate::error::Error;
use crate::job_log::decode;

const READING: &str = "look up the state";
const DAY: &str = "to_char(load_date, 'YYYY-MM-DD') as load_date";

/// The columns of a load that was committed.
pub(crate) const PAST_LOAD: &str =
    "job_id, to_char(load_date, 'YYYY-MM-DD') as load_date, loaded_at, rows_inserted,
     rows_updated, has_history";

/// Consecutive loads: those after one load, up to and including another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobRange {
    /// The load before the first one; 0 for all loads.
    pub after: JobId,
    /// The last one.
    pub upto: JobId,
}

/// A load that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PastLoad {
    /// The state after it.
    pub state: State,
    /// When it was committed, by the database's clock.
    pub loaded_at: SystemTime,
    /// How many records it inserted.
    pub inserted: u64,
    /// How many records it changed.
    pub updated: u64,
    /// Whether the state after it can still be shown. If not, its history was pruned.
    pub has_history: bool,
}

impl Database {
    /// Returns the current state, or `None` if nothing has been loaded.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn current_state(&self) -> Result<Option<State>, Error> {
        let query = format!("select job_id, {DAY} from v_load order by job_id desc limit 1");
        Ok(self.states(&query, &[]).await?.pop())
    }

    /// Returns the state as of a day, a time or a job.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchState`] if no such state exists or if it was pruned; otherwise same as
    /// [`securities`](Self::securities).
    pub async fn state(&self, as_of: &AsOf) -> Result<State, Error> {
        let query = format!("select job_id, {DAY} from resolve_as_of($1)");
        let found = self.states(&query, &[&as_of.to_string()]).await?.pop();
        found.ok_or_else(|| self.statement_failed(READING, "the server returned no state"))
    }

    /// Returns the loads that made the state of a day: the last ones in a row that belong to it.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchState`] if that day was not loaded, if an older day that was loaded later hides it, or
    /// if its state was pruned; otherwise same as [`securities`](Self::securities).
    pub async fn loads_of_day(&self, day: Date) -> Result<JobRange, Error> {
        let state = self.state(&AsOf::Day(day)).await?;
        if state.date == Some(day) {
            return self.loads_up_to(state.job, day).await;
        }
        let query = format!(
            "select job_id, {DAY} from v_load where load_date = $1::text::date
             order by job_id desc limit 1"
        );
        let reason = match self.states(&query, &[&day.to_string()]).await?.pop() {
            Some(last) => self.hidden(last.job, day).await?,
            None => {
                let before = (state.date).map_or_else(String::new, |date| {
                    format!(", and the last day before it is {date}")
                });
                format!("no load brought the day {day}{before}")
            }
        };
        Err(Error::NoSuchState {
            reason,
            is_pruned: false,
        })
    }

    /// Returns the last loads in a row that belong to a day, of which this job is the last one.
    async fn loads_up_to(&self, upto: JobId, day: Date) -> Result<JobRange, Error> {
        let query = format!(
            "select job_id, {DAY} from v_load
             where job_id < $1 and load_date is distinct from $2::text::date
             order by job_id desc limit 1"
        );
        let parameters: [&dyn Parameter; 2] = [&upto.0, &day.to_string()];
        let before = self.states(&query, &parameters).await?.pop();
        Ok(JobRange {
            after: before.map_or(JobId(0), |before| before.job),
            upto,
        })
    }

    /// Says why the state of a day cannot be shown whose last load is followed by an older day.
    async fn hidden(&self, last: JobId, day: Date) -> Result<String, Error> {
        let JobRange { after, upto } = self.loads_up_to(last, day).await?;
        let query = format!(
            "select job_id, {DAY} from v_load where job_id > $1 and load_date < $2::text::date
             order by job_id limit 1"
        );
        let parameters: [&dyn Parameter; 2] = [&last.0, &day.to_string()];
        let hiding = self.states(&query, &parameters).await?.pop();
        let by = hiding.map_or_else(String::new, |State { job, date }| {
            let older = date.map_or_else(String::new, |date| format!(" {date}"));
            format!(" by job {job}, which loaded the older day{older} after it")
        });
        let range = match after {
            JobId(0) => format!("up to job:{upto}"),
            after => format!("after job:{after} up to job:{upto}"),
        };
        Ok(format!(
            "the state of the day {day} is hidden{by}; ask for the changes {range} instead"
        ))
    }

    /// Returns at most `limit` committed loads after a job, oldest first.
    ///
    /// # Errors
    ///
    /// Same as [`securities`](Self::securities).
    pub async fn past_loads(&self, after: JobId, limit: u32) -> Result<Vec<PastLoad>, Error> {
        let query =
            format!("select {PAST_LOAD} from v_load where job_id > $1 order by job_id limit $2");
        let limit = i64::from(limit);
        self.select(&query, &[&after.0, &limit], past_load).await
    }

    async fn states(
        &self,
        query: &str,
        parameters: &[&dyn Parameter],
    ) -> Result<Vec<State>, Error> {
        self.select(query, parameters, state).await
    }

    async fn select<T>(
        &self,
        query: &str,
        parameters: &[&dyn Parameter],
        read: fn(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Vec<T>, Error> {
        let client = self.client().await?;
        let rows = client.query(query, parameters).await;
        match rows.and_then(|rows| rows.iter().map(read).collect()) {
            Ok(found) => Ok(found),
            Err(error) => Err(self.lookup_error(&client, READING, error).await),
        }
    }
}

pub(crate) fn state(row: &Row) -> Result<State, tokio_postgres::Error> {
    Ok(State {
        job: JobId(row.try_get("job_id")?),
        date: decode::day(row, "load_date")?,
    })
}

/// Reads a load from the columns [`PAST_LOAD`].
pub(crate) fn past_load(row: &Row) -> Result<PastLoad, tokio_postgres::Error> {
    Ok(PastLoad {
        state: state(row)?,
        loaded_at: row.try_get("loaded_at")?,
        inserted: decode::count(row, "rows_inserted")?,
        updated: decode::count(row, "rows_updated")?,
        has_history: row.try_get("has_history")?,
    })
}

/// Returns the error for a state that does not exist, if the server's message is about one.
pub(crate) fn no_such_state(error: &tokio_postgres::Error) -> Option<Error> {
    let message = error.as_db_error()?;
    let is = |code| *message.code() == SqlState::from_code(code);
    let is_pruned = is("PT410");
    (is_pruned || is("PT404")).then(|| Error::NoSuchState {
        reason: message.message().to_owned(),
        is_pruned,
    })
}
