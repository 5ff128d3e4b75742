//! Deletes old versions of records.

use cusip_jobs::{JobId, JobKind, JobStatus, NewJob, Requester, State};
use cusip_pif::{Date, FileKind};
use serde_json::{Map, Value};

use crate::database::Database;
use crate::error::Error;
use crate::job_log::JobEnd;
use crate::job_log::decode;
use crate::load::Load;
use crate::tables::table_of;

const TASK: &str = "prune the history";
/// A deletion of years of history takes longer than other statements.
const LIMIT: &str = "set local statement_timeout = '4h'";

/// What was deleted from the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrunedHistory {
    /// The job that did it.
    pub job: JobId,
    /// The oldest state that can still be shown.
    pub oldest: State,
    /// How many versions were deleted.
    pub versions: u64,
}

impl Database {
    /// Deletes the versions that only states before a day need. The oldest state that can be shown
    /// afterwards is that after the first load of this day or a later one; the current one if there is
    /// no such load.
    ///
    /// It is logged as a job, and holds the load lock. Only the owner of the tables may do it.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchState`] if nothing has been loaded; otherwise same as
    /// [`begin_load`](Self::begin_load).
    pub async fn prune_history(
        &self,
        before: Date,
        requester: Requester,
    ) -> Result<PrunedHistory, Error> {
        let load = self.begin_load(&pruning(before, requester)).await?;
        let job = load.job();
        let error = match prune(&load, before).await {
            Ok(pruned) => match load.commit(&[]).await {
                Ok(()) => return Ok(pruned),
                Err(error) => error,
            },
            Err(error) => {
                load.roll_back().await;
                error
            }
        };
        if !error.is_outcome_unknown() {
            let end = JobEnd::NothingLoaded {
                status: JobStatus::Failed,
                code: "database",
                error: &error.to_string(),
            };
            self.end_job(job, &end, &[]).await?;
        }
        Err(error)
    }
}

fn pruning(before: Date, requester: Requester) -> NewJob {
    let mut options = Map::new();
    options.insert("before".to_owned(), Value::String(before.to_string()));
    NewJob {
        kind: JobKind::PruneHistory,
        date: None,
        requester,
        options,
    }
}

async fn prune(load: &Load, before: Date) -> Result<PrunedHistory, Error> {
    let client = load.client();
    let pruned = async {
        client.batch_execute(LIMIT).await?;
        let oldest = "select job_id, to_char(load_date, 'YYYY-MM-DD') as load_date from v_load
            where has_history
            order by coalesce(load_date >= $1::text::date, false) desc,
                case when load_date >= $1::text::date then job_id else -job_id end
            limit 1";
        let Some(row) = client.query_opt(oldest, &[&before.to_string()]).await? else {
            return Ok(None);
        };
        let oldest = State {
            job: JobId(row.try_get("job_id")?),
            date: decode::day(&row, "load_date")?,
        };
        let mut versions = 0;
        for kind in FileKind::ALL {
            let table = table_of(kind);
            let delete = format!("delete from {table}_history where until_job_id <= $1");
            versions += client.execute(&delete, &[&oldest.job.0]).await?;
        }
        let log = "update load_job set options = options
                || jsonb_build_object('oldest_job', $2::bigint, 'versions', $3::bigint)
            where id = $1";
        let deleted = versions.cast_signed();
        (client.execute(log, &[&load.job().0, &oldest.job.0, &deleted])).await?;
        Ok(Some(PrunedHistory {
            job: load.job(),
            oldest,
            versions,
        }))
    };
    match pruned.await {
        Ok(Some(pruned)) => Ok(pruned),
        Ok(None) => Err(Error::NoSuchState {
            reason: "there is no history to prune: nothing has been loaded".to_owned(),
            is_pruned: false,
        }),
        Err(error) => Err(load.database().statement(TASK, error)),
    }
}
