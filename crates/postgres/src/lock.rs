//! The load lock: only one load or migration at a time.
//!
//! It is an advisory lock of the transaction that will commit the work. So it works behind transaction
//! poolers, ends with its transaction however that ends, and cannot be left behind.

use std::time::Duration;

use cusip_connect::Client;
use cusip_jobs::JobId;
use tokio::time::sleep;

use crate::database::Database;
use crate::error::Error;
use crate::running_job::{RunningJob, instant};

/// `CUSIPLD` in ASCII and a version, to recognize the lock in `pg_locks`.
const KEY: i64 = i64::from_be_bytes(*b"CUSIPLD\x01");

/// How long to wait until a session that has just taken the lock logs its job. A migration never does.
const LOOKS_FOR_JOB: u32 = 100;
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Takes the lock for the connection's transaction.
///
/// # Errors
///
/// [`Error::Busy`], with the job that holds it, if another session has the lock.
pub(crate) async fn take(database: &Database, client: &Client) -> Result<(), Error> {
    let mut job = None;
    for _ in 0..LOOKS_FOR_JOB {
        let row = (client
            .query_one("select pg_try_advisory_xact_lock($1)", &[&KEY])
            .await)
            .map_err(|error| database.statement("take the load lock", error))?;
        if row.get(0) {
            return Ok(());
        }
        // A holder without a job is a migration, or has not logged its job yet, or has already logged its
        // end.
        match running_job(client).await {
            Ok(None) => sleep(LOOK_INTERVAL).await,
            found => {
                job = found.ok().flatten();
                break;
            }
        }
    }
    Err(Error::Busy {
        place: database.place().to_owned(),
        job,
    })
}

/// Returns the job that holds the lock, unless that is a migration or the job log cannot be read.
pub(crate) async fn job_of_holder(client: &Client) -> Option<RunningJob> {
    for _ in 0..LOOKS_FOR_JOB {
        match running_job(client).await {
            Ok(None) => sleep(LOOK_INTERVAL).await,
            found => return found.ok().flatten(),
        }
    }
    None
}

/// Returns the job of the session that holds the lock, once that session has logged it.
///
/// A running job that started before that session's transaction has died, and is about to be marked so.
async fn running_job(client: &Client) -> Result<Option<RunningJob>, tokio_postgres::Error> {
    let query = format!(
        "select id, {} from load_job where status = 'running'
             and started_at >= coalesce({}, '-infinity') order by id desc limit 1",
        instant("started_at"),
        held_since(),
    );
    let row = client.query_opt(&query, &[]).await?;
    row.map(|row| {
        Ok(RunningJob {
            id: JobId(row.try_get(0)?),
            started_at: row.try_get(1)?,
        })
    })
    .transpose()
}

/// Returns the SQL that tests whether a session holds the lock. It does not touch the lock.
pub(crate) fn is_held() -> String {
    format!("exists (select from {})", held())
}

/// Returns the SQL for when the transaction that holds the lock began. It is null if no one holds
/// the lock, or if this role may not see that session.
fn held_since() -> String {
    format!(
        "(select xact_start from pg_stat_activity where pid in (select pid from {}))",
        held()
    )
}

fn held() -> String {
    format!(
        "pg_locks where locktype = 'advisory' and granted and objsubid = 1
             and classid = {} and objid = {}
             and database = (select oid from pg_database where datname = current_database())",
        KEY >> 32,
        KEY & 0xffff_ffff,
    )
}
