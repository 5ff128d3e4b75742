//! The session that holds the load lock: who it is, whether its program has stopped, and how to end it.

use std::time::Duration;

use cusip_connect::Client;
use cusip_jobs::JobId;
use tokio::time::sleep;

use super::held::held;
use crate::lock_holder::LockHolder;
use crate::running_job::instant;

/// How long a program is watched before it counts as stopped. It may only have been slow so far.
const WATCHED_FOR: Duration = Duration::from_secs(2);

/// How long to wait in the server until a session has ended, in milliseconds.
const WAIT_FOR_END: i64 = 5_000;

/// The SQL for whether a running job has not reported its progress for as long as a transaction may be
/// idle (see [`cusip_connect::Transaction`]). Programs report every second.
pub(crate) const IS_SILENT: &str = "greatest(started_at, progress_at) < clock_timestamp()
    - least(interval '60s',
        nullif(current_setting('idle_in_transaction_session_timeout')::interval, interval '0'))";

/// The SQL for whether this role may end a session.
const MAY_END: &str =
    "case when coalesce((select rolsuper from pg_roles where oid = session.usesysid), true)
        then (select rolsuper from pg_roles where rolname = current_user)
        else pg_has_role(session.usesysid, 'usage') or pg_has_role('pg_signal_backend', 'usage') end";

/// A load whose program has stopped in the middle of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoppedLoad {
    process: i32,
    job: JobId,
    /// How many bytes the server has copied.
    copied: i64,
    pub(crate) may_end: bool,
}

/// Returns the session that holds the lock, if there is one.
pub(crate) async fn find(client: &Client) -> Result<Option<LockHolder>, tokio_postgres::Error> {
    look_anew(client).await?;
    let query = format!(
        "select session.pid, session.usename::text,
            coalesce(host(session.client_addr),
                case when session.client_port = -1 then 'the server''s machine' end),
            nullif(session.application_name, ''), {}, {MAY_END}
         from pg_stat_activity as session where pid in (select pid from {})",
        instant("session.xact_start"),
        held()
    );
    let row = client.query_opt(&query, &[]).await?;
    row.map(|row| {
        Ok(LockHolder {
            process: row.try_get(0)?,
            user: row.try_get(1)?,
            address: row.try_get(2)?,
            application: row.try_get(3)?,
            since: row.try_get(4)?,
            may_end: row.try_get(5)?,
        })
    })
    .transpose()
}

/// Returns the load that holds the lock if its program has stopped in the middle of a copy.
///
/// The server itself ends a program that stops between two statements. In a copy it waits for the
/// next rows, for hours. Then the program counts as stopped if it has not reported its progress for
/// as long as a transaction may be idle, and sends nothing while it is watched.
pub(crate) async fn find_stopped(
    client: &Client,
) -> Result<Option<StoppedLoad>, tokio_postgres::Error> {
    let Some(before) = find_silent(client).await? else {
        return Ok(None);
    };
    sleep(WATCHED_FOR).await;
    let after = find_silent(client).await?;
    Ok(after.filter(|after| *after == before))
}

async fn find_silent(client: &Client) -> Result<Option<StoppedLoad>, tokio_postgres::Error> {
    look_anew(client).await?;
    let query = format!(
        "select session.pid, job.id, coalesce(copy.bytes_processed, 0), {MAY_END}
         from pg_stat_activity as session
         join load_job as job on job.status = 'running' and session.xact_start <= job.started_at
         left join pg_stat_progress_copy as copy on copy.pid = session.pid
         where session.pid in (select pid from {}) and session.state = 'active'
             and session.wait_event in ('ClientRead', 'ClientWrite')
             and {IS_SILENT}
         order by job.id desc limit 1",
        held()
    );
    let row = client.query_opt(&query, &[]).await?;
    row.map(|row| {
        Ok(StoppedLoad {
            process: row.try_get(0)?,
            job: JobId(row.try_get(1)?),
            copied: row.try_get(2)?,
            may_end: row.try_get(3)?,
        })
    })
    .transpose()
}

/// Ends the session that holds the lock if its program has stopped in the middle of a copy and this
/// role may end it. Returns whether the session has ended.
pub(crate) async fn end_stopped(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let Some(stopped) = find_stopped(client).await?.filter(|load| load.may_end) else {
        return Ok(false);
    };
    let ended = end(client, stopped.job, "true").await?;
    if ended {
        tracing::warn!(
            job.id = stopped.job.0,
            process = stopped.process,
            "ended the session of a load whose program has stopped"
        );
    }
    Ok(ended)
}

/// Ends the session of a running job that holds the lock if a condition holds, and waits for its end.
/// Returns whether it has ended.
///
/// # Errors
///
/// The server refuses if the role may not end the session.
pub(crate) async fn end(
    client: &Client,
    job: JobId,
    condition: &str,
) -> Result<bool, tokio_postgres::Error> {
    // The job was logged in the lifetime of the holder's transaction, so it is the holder's.
    let end = format!(
        "select pg_terminate_backend(session.pid, {WAIT_FOR_END})
         from pg_stat_activity as session join load_job as job on session.xact_start <= job.started_at
         where session.pid in (select pid from {}) and job.id = $1 and job.status = 'running'
             and {condition}",
        held()
    );
    let row = client.query_opt(&end, &[&job.0]).await?;
    row.map_or(Ok(false), |row| row.try_get(0))
}

/// Makes the server show the sessions as they are now, not as they were when this transaction first
/// looked.
async fn look_anew(client: &Client) -> Result<(), tokio_postgres::Error> {
    client
        .batch_execute("select pg_stat_clear_snapshot()")
        .await
}
