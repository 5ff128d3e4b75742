//! What the ledger and the load lock say of other loads.

use cusip_pif::FileKind;

use crate::database::Database;
use crate::error::Error;
use crate::job::{JobId, RunningJob};
use crate::ledger::LoadedDay;
use crate::lock;

/// Who has the load lock, and what has been left behind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LoadLockState {
    /// Whether a load or a migration holds the lock.
    pub is_held: bool,
    /// The job that holds it, unless that is a migration's or the ledger cannot be read.
    pub job: Option<RunningJob>,
    /// The jobs that are marked running though nobody holds the lock: they have died, or are just
    /// about to enter their end.
    pub dead: Vec<JobId>,
}

/// What was loaded before of a kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedKind {
    /// The kind.
    pub kind: FileKind,
    /// The newest day that was loaded.
    pub newest: LoadedDay,
    /// The size in bytes of the file that was loaded last for the day that was asked about.
    pub size_of_day: Option<u64>,
}

impl Database {
    /// Asks who has the load lock, without touching it. The schema need not be there.
    ///
    /// # Errors
    ///
    /// As [`Pool::check_server`](cusip_connect::Pool::check_server), and [`Error::Connection`] if the server does not tell.
    pub async fn load_lock(&self) -> Result<LoadLockState, Error> {
        let client = self.client().await?;
        let is_held = format!("select {}", lock::is_held());
        let row = client.query_one(&is_held, &[]).await;
        let is_held: bool = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| self.statement("look at the load lock", error))?;
        if is_held {
            return Ok(LoadLockState {
                is_held,
                job: lock::job_of_holder(&client).await,
                dead: Vec::new(),
            });
        }
        let dead = format!(
            "select id from load_job where status = 'running' and not {} order by id",
            lock::is_held()
        );
        // Without a ledger that can be read there is nothing to tell.
        let dead = client.query(&dead, &[]).await.unwrap_or_default();
        Ok(LoadLockState {
            is_held,
            job: None,
            dead: dead.iter().map(|row| JobId(row.get(0))).collect(),
        })
    }

    /// Returns, of each kind that was loaded for a day at all, the newest such day, and what was
    /// loaded for this one, as `YYYY-MM-DD`.
    ///
    /// # Errors
    ///
    /// As [`Pool::check_server`](cusip_connect::Pool::check_server), and [`Error::Connection`] if the ledger cannot be read.
    pub async fn loaded_kinds(&self, date: &str) -> Result<Vec<LoadedKind>, Error> {
        let client = self.client().await?;
        let query = "select distinct on (newest.kind) newest.kind,
                to_char(newest.load_date, 'YYYY-MM-DD') as newest, newest.job_id,
                (select bytes_read from load_file as same
                 where same.status = 'succeeded' and same.kind = newest.kind
                     and same.load_date = $1::text::date
                 order by id desc limit 1) as size_of_day
            from load_file as newest where newest.status = 'succeeded' and newest.load_date is not null
            order by newest.kind, newest.load_date desc, newest.id desc";
        let kinds = client.query(query, &[&date]).await.and_then(|rows| {
            let kind = |row: &tokio_postgres::Row| {
                let size: Option<i64> = row.try_get("size_of_day")?;
                Ok(LoadedKind {
                    kind: (row.try_get::<_, &str>("kind")?.parse())
                        .expect("the ledger's check constraint names the kinds"),
                    newest: LoadedDay {
                        date: row.try_get("newest")?,
                        job: JobId(row.try_get("job_id")?),
                    },
                    size_of_day: size.map(i64::cast_unsigned),
                })
            };
            rows.iter().map(kind).collect()
        });
        kinds.map_err(|error| self.statement("look at what was loaded before", error))
    }
}
