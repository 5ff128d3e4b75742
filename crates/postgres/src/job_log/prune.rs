//! Deletes old rejects from the job log.

use cusip_pif::Date;

use crate::database::Database;
use crate::error::Error;

const TASK: &str = "prune the rejects";
/// A deletion of years of rejects takes longer than other statements.
const LIMIT: &str = "set local lock_timeout = '60s'; set local statement_timeout = '2h'";

/// What was deleted from the job log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrunedRejects {
    /// The number of files whose rejects are gone.
    pub files: u64,
    /// The number of rejects that were deleted. Rejects that later files share are kept.
    pub rejects: u64,
}

impl Database {
    /// Deletes the rejects of all jobs that started before a day, UTC. Jobs, files and their counts stay,
    /// and the files' rows say when their rejects were pruned.
    ///
    /// # Errors
    ///
    /// Same as [`check_schema`](Self::check_schema), and [`Error::Connection`] if the job log cannot be
    /// written.
    pub async fn prune_rejects(&self, before: Date) -> Result<PrunedRejects, Error> {
        let transaction = self.begin().await?;
        let client = transaction.client();
        self.check_schema_of(client).await?;
        let mark = "update load_file set rejects_pruned_at = clock_timestamp(), rejects_kept = 0
            from load_job where load_job.id = job_id and load_job.status <> 'running'
                and load_job.started_at < $1::text::timestamp at time zone 'UTC' and rejects_kept > 0";
        // A later file can refer to the rejects of an earlier one.
        let delete = "delete from load_reject where file_id in (
            select id from load_file as file where rejects_pruned_at is not null
            and not exists (select from load_file as sharer
                where sharer.rejects_file_id = file.id and sharer.rejects_pruned_at is null))";
        let pruned = async {
            client.batch_execute(LIMIT).await?;
            Ok(PrunedRejects {
                files: client.execute(mark, &[&before.to_string()]).await?,
                rejects: client.execute(delete, &[]).await?,
            })
        };
        let pruned = (pruned.await).map_err(|error| self.statement(TASK, error))?;
        transaction.commit().await?;
        Ok(pruned)
    }
}
