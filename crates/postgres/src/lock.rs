//! The load lock: only one load or migration at a time.
//!
//! It is an advisory lock of the transaction that will commit the work. So it works behind transaction
//! poolers, ends with its transaction however that ends, and cannot be left behind.

mod held;
pub(crate) mod holder;

use std::time::Duration;

use cusip_connect::Client;
use cusip_jobs::JobId;
use tokio::time::sleep;

pub(crate) use self::held::is_held;
use self::held::{KEY, held_since};
use crate::database::Database;
use crate::error::Error;
use crate::lock_holder::LockHolder;
use crate::running_job::{RunningJob, instant};

/// How long to wait until a session that has just taken the lock logs its job. A migration never does.
const LOOKS_FOR_JOB: u32 = 100;
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// The session that holds the lock, and its job.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) session: Option<LockHolder>,
    pub(crate) job: Option<RunningJob>,
}

/// Takes the lock for the connection's transaction.
///
/// Ends a load whose program has stopped, if this role may do that.
///
/// # Errors
///
/// [`Error::Busy`], with the session and the job that hold it, if another session has the lock.
pub(crate) async fn take(database: &Database, client: &Client) -> Result<(), Error> {
    if try_take(database, client).await? {
        return Ok(());
    }
    let mut holder = find_holder(client).await;
    let has_ended = match &holder {
        Some(Holder { job: Some(_), .. }) => holder::end_stopped(client).await.unwrap_or(false),
        _ => false,
    };
    // A holder that was not found has just released the lock.
    if has_ended || holder.is_none() {
        if try_take(database, client).await? {
            return Ok(());
        }
        holder = find_holder(client).await;
    }
    let (session, job) = holder.map_or((None, None), |holder| (holder.session, holder.job));
    Err(Error::Busy {
        place: database.place().to_owned(),
        job,
        holder: session.map(Box::new),
    })
}

async fn try_take(database: &Database, client: &Client) -> Result<bool, Error> {
    let row = (client
        .query_one("select pg_try_advisory_xact_lock($1)", &[&KEY])
        .await)
        .map_err(|error| database.statement("take the load lock", error))?;
    Ok(row.get(0))
}

/// Returns the session that holds the lock, with its job unless it is a migration or the job log
/// cannot be read. Returns `None` once no session holds the lock.
pub(crate) async fn find_holder(client: &Client) -> Option<Holder> {
    let mut session = None;
    for _ in 0..LOOKS_FOR_JOB {
        session = match holder::find(client).await {
            Ok(None) => return None,
            found => found.ok().flatten(),
        };
        match running_job(client).await {
            Ok(None) => sleep(LOOK_INTERVAL).await,
            found => {
                let job = found.ok().flatten();
                return Some(Holder { session, job });
            }
        }
    }
    Some(Holder { session, job: None })
}

/// Returns the job of the session that holds the lock, once that session has logged it.
///
/// A running job that started before that session's transaction has died, and is about to be marked so.
async fn running_job(client: &Client) -> Result<Option<RunningJob>, tokio_postgres::Error> {
    let query = format!(
        "select id, {}, host from load_job where status = 'running'
             and started_at >= coalesce({}, '-infinity') order by id desc limit 1",
        instant("started_at"),
        held_since(),
    );
    let row = client.query_opt(&query, &[]).await?;
    row.map(|row| {
        Ok(RunningJob {
            id: JobId(row.try_get(0)?),
            started_at: row.try_get(1)?,
            host: row.try_get(2)?,
        })
    })
    .transpose()
}
