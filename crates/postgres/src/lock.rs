//! The lock that makes loads and migrations one at a time.
//!
//! An advisory lock of the transaction that will commit the work: it works behind transaction
//! poolers, ends with its transaction however that ends, and cannot be left behind.

use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::Client;

use crate::database::Database;
use crate::error::Error;
use crate::job::{JobId, RunningJob, instant};

/// `CUSIPLD` and a version in ASCII, so that the lock is recognised in `pg_locks`.
const KEY: i64 = i64::from_be_bytes(*b"CUSIPLD\x01");

/// How long somebody who has just taken the lock is given to enter its job, which a migration has
/// not got.
const LOOKS_FOR_JOB: u32 = 100;
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Takes the lock for the connection's transaction, or says who has it.
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
        // Without a job the holder is a migration, or has not entered its job yet, or has entered its
        // end and is about to go.
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

/// Returns the job of whoever has the lock, unless that is a migration or the ledger cannot be read.
pub(crate) async fn job_of_holder(client: &Client) -> Option<RunningJob> {
    for _ in 0..LOOKS_FOR_JOB {
        match running_job(client).await {
            Ok(None) => sleep(LOOK_INTERVAL).await,
            found => return found.ok().flatten(),
        }
    }
    None
}

/// Returns the run of whoever holds the load lock, once it is entered.
///
/// A run that was entered before the holder began has died, and the holder is about to say so.
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

/// Returns the SQL that tells whether anybody holds the lock, without touching it.
pub(crate) fn is_held() -> String {
    format!("exists (select from {})", held())
}

/// Returns the SQL of when the transaction that holds the lock began; null if there is none, or if
/// it is of somebody whose sessions we may not look at.
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
