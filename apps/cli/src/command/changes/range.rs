//! Which loads to show.

use anyhow::anyhow;
use cusip_jobs::{AsOf, JobId, State};
use cusip_postgres::{Database, Error, JobRange};

use crate::arguments::RangeArguments;
use crate::exit::UsageError;
use crate::output::shown_state;

/// Consecutive loads, and the state after the last of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) jobs: JobRange,
    pub(super) state: State,
}

impl Range {
    pub(super) async fn find(
        database: &Database,
        arguments: &RangeArguments,
    ) -> anyhow::Result<Self> {
        let first = &arguments.first;
        if let Some(day) = first.date {
            let jobs = database.loads_of_day(day).await?;
            let (job, date) = (jobs.upto, Some(day));
            let state = State { job, date };
            return Ok(Self { jobs, state });
        }
        let state = match &arguments.to {
            Some(to) => database.state(to).await?,
            None => current(database).await?,
        };
        let after = match (&first.from, first.since_job) {
            (Some(from), _) => from_state(database, from, arguments.to.as_ref(), state).await?,
            (None, since) => since_job(JobId(since.unwrap_or_default()), state)?,
        };
        let upto = state.job;
        let jobs = JobRange { after, upto };
        Ok(Self { jobs, state })
    }

    pub(super) fn shown(&self) -> String {
        let after = match self.jobs.after {
            JobId(0) => "from the first load".to_owned(),
            after => format!("after job {after}"),
        };
        format!("changes {after} up to {}", shown_state(self.state))
    }
}

async fn current(database: &Database) -> anyhow::Result<State> {
    let state = database.current_state().await?;
    let place = database.place();
    state.ok_or_else(|| anyhow!("nothing has been loaded into the database {place}"))
}

async fn from_state(
    database: &Database,
    from: &AsOf,
    to: Option<&AsOf>,
    last: State,
) -> anyhow::Result<JobId> {
    let first = database.state(from).await?;
    if first.job > last.job {
        let to = to.map_or_else(|| "now".to_owned(), |to| format!("--to {to}"));
        let (first, last) = (shown_state(first), shown_state(last));
        let problem =
            format!("--from {from} is {first}, which is later than {to}, which is {last}");
        return Err(UsageError(problem).into());
    }
    Ok(first.job)
}

fn since_job(job: JobId, last: State) -> Result<JobId, Error> {
    if job > last.job {
        return Err(Error::NoSuchState {
            reason: format!(
                "there is no load after job {job}, nor that job: the last load is {}",
                shown_state(last)
            ),
            is_pruned: false,
        });
    }
    Ok(job)
}
