//! What the job log and the load lock say about other loads.

use cusip_jobs::JobId;
use cusip_pif::{Date, FileKind};

use crate::database::Database;
use crate::error::Error;
use crate::job_log::decode;
use crate::lock;
use crate::lock_holder::LockHolder;
use crate::running_job::RunningJob;

/// The load lock: whether it is held, and by which job.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoadLockState {
    /// Whether a load or a migration holds the lock.
    pub is_held: bool,
    /// The job that holds it; `None` for a migration, or if the job log cannot be read.
    pub job: Option<RunningJob>,
    /// The session that holds it.
    pub holder: Option<LockHolder>,
    /// Whether the holder's program has stopped, so that the next load ends it if it may.
    pub has_stopped: bool,
    /// The jobs that are marked running while the lock is free: they have died, or are about to log
    /// their end.
    pub dead: Vec<JobId>,
}

/// What was loaded before for a kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedKind {
    /// The kind.
    pub kind: FileKind,
    /// The newest day that was loaded.
    pub newest: Date,
    /// The last job that loaded it.
    pub job: JobId,
}

impl Database {
    /// Returns who holds the load lock, without touching it. The schema need not exist.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`](cusip_connect::Pool::check_server), and [`Error::Connection`]
    /// if the server refuses.
    pub async fn load_lock(&self) -> Result<LoadLockState, Error> {
        let client = self.client().await?;
        let is_held = format!("select {}", lock::is_held());
        let row = client.query_one(&is_held, &[]).await;
        let is_held: bool = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| self.statement("look at the load lock", error))?;
        let holder = match is_held {
            true => lock::find_holder(&client).await,
            false => None,
        };
        if let Some(holder) = holder {
            let stopped = lock::holder::find_stopped(&client).await;
            return Ok(LoadLockState {
                is_held,
                job: holder.job,
                holder: holder.session,
                has_stopped: stopped.is_ok_and(|stopped| stopped.is_some()),
                dead: Vec::new(),
            });
        }
        let dead = format!(
            "select id from load_job where status = 'running' and not {} order by id",
            lock::is_held()
        );
        // Without a job log that can be read, no job is known to be dead.
        let dead = client.query(&dead, &[]).await.unwrap_or_default();
        Ok(LoadLockState {
            is_held: false,
            job: None,
            holder: None,
            has_stopped: false,
            dead: dead.iter().map(|row| JobId(row.get(0))).collect(),
        })
    }

    /// Returns the newest day that was loaded for each kind. Days later than tomorrow do not count, as in
    /// a load.
    ///
    /// # Errors
    ///
    /// Same as [`Pool::check_server`](cusip_connect::Pool::check_server), and [`Error::Connection`]
    /// if the job log cannot be read.
    pub async fn loaded_kinds(&self, today: Date) -> Result<Vec<LoadedKind>, Error> {
        let client = self.client().await?;
        let query = "select distinct on (newest.kind) newest.kind,
                to_char(newest.load_date, 'YYYY-MM-DD') as newest, newest.job_id
            from load_file as newest
            where newest.status = 'succeeded' and newest.load_date <= $1::text::date + 1
            order by newest.kind, newest.load_date desc, newest.id desc";
        let kinds = client
            .query(query, &[&today.to_string()])
            .await
            .and_then(|rows| {
                let kind = |row: &tokio_postgres::Row| {
                    Ok(LoadedKind {
                        kind: decode::kind(row, "kind")?,
                        newest: row.try_get::<_, decode::Name<_>>("newest")?.0,
                        job: JobId(row.try_get("job_id")?),
                    })
                };
                rows.iter().map(kind).collect()
            });
        kinds.map_err(|error| self.statement("look up what was loaded before", error))
    }
}
