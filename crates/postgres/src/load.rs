//! A load: one transaction that holds the load lock.

mod bulk;
mod copy;
mod definitions;
mod master_rows;
mod merge;
mod orphan;
mod row_buffer;
mod sink;
mod stage;
mod statement;
mod strategy;
mod target;
mod trial;
mod written;

use cusip_jobs::{FileId, FileOutcome, FileStatus, JobId, NewJob};
use cusip_pif::FileKind;

pub use self::copy::CopyIn;
pub use self::master_rows::MasterRows;
pub use self::orphan::{Orphan, OrphanLines, Orphans};
pub use self::row_buffer::RowBuffer;
pub use self::sink::Sink;
pub use self::strategy::{LoadStrategy, MasterSize};
pub use self::target::{CopyTarget, Written};
pub use self::trial::TrialLoad;
use crate::database::Database;
use crate::error::Error;
use crate::job_log;
use crate::lock;
use crate::tables::table_of;
use cusip_connect::{Client, ServerId, Transaction};

/// Settings of a load's transaction: memory for the sorts and hashes of checks and merges; a limit
/// on waiting for locks of other sessions; and a server that notices when a loader is gone, even in
/// the middle of a statement, and releases its locks. Some server platforms do not support the last
/// of these.
const SETTINGS: &str = "set local work_mem = '128MB';
    set local lock_timeout = '60s';
    set local tcp_keepalives_idle = '30s';
    set local tcp_keepalives_interval = '10s';
    set local tcp_keepalives_count = 3;
    set local tcp_user_timeout = '60s';
    do $$ begin
        set local client_connection_check_interval = '10s';
    exception when invalid_parameter_value then null;
    end $$";

/// Compresses the transaction's WAL with lz4, if the server compresses at all and the role may choose.
const FAST_WAL: &str = "do $$ begin
        if current_setting('wal_compression') in ('on', 'pglz') then
            set local wal_compression = 'lz4';
        end if;
    exception when insufficient_privilege or invalid_parameter_value then null;
    end $$";

/// A copy takes as long as reading its file, and a merge processes the whole file in the database.
/// The job log gets only a handful of rows.
const COPY_TIMEOUT: &str = "set local statement_timeout = '4h'";
const MERGE_TIMEOUT: &str = "set local statement_timeout = '2h'";
const JOB_LOG_TIMEOUT: &str = "set local statement_timeout = '5min'";

/// A load in progress: one transaction, which holds the load lock.
///
/// Until [`commit`](Self::commit), other sessions see nothing of it except the job log's rows of
/// its job, files and rejects. If it is dropped before that, the server rolls it back as soon as it
/// notices; [`roll_back`](Self::roll_back) waits for that.
#[derive(Debug)]
pub struct Load {
    database: Database,
    transaction: Transaction,
    server: ServerId,
    job: JobId,
}

impl Database {
    /// Begins a load: takes the load lock and logs the start of the job.
    ///
    /// # Errors
    ///
    /// Same as [`check_schema`](Self::check_schema); [`Error::Busy`] while a load or migration
    /// runs; [`Error::Connection`] if the server refuses.
    pub async fn begin_load(&self, job: &NewJob) -> Result<Load, Error> {
        match self.try_begin_load(job).await {
            // The connections dated from before a failover. They have been replaced.
            Err(error) if error.is_read_only() => self.try_begin_load(job).await,
            begun => begun,
        }
    }

    async fn try_begin_load(&self, job: &NewJob) -> Result<Load, Error> {
        let transaction = self.begin().await?;
        match self.start_load(&transaction, job).await {
            Ok((server, job)) => Ok(Load {
                database: self.clone(),
                transaction,
                server,
                job,
            }),
            Err(error) => {
                transaction.roll_back().await;
                Err(error)
            }
        }
    }

    async fn start_load(
        &self,
        transaction: &Transaction,
        job: &NewJob,
    ) -> Result<(ServerId, JobId), Error> {
        let client = transaction.client();
        lock::take(self, client).await?;
        // Only now, so that no migration can change the schema after it was checked.
        self.check_schema_of(client).await?;
        let settings = format!("{SETTINGS}; {FAST_WAL}");
        (client.batch_execute(&settings).await)
            .map_err(|error| self.statement("set up the load's transaction", error))?;
        let server = transaction.server().await?;
        Ok((server, self.start_job(job, server).await?))
    }
}

impl Load {
    /// Returns the job's number in the job log.
    #[must_use]
    pub const fn job(&self) -> JobId {
        self.job
    }

    /// Keeps the transaction alive while the load sends no other statements.
    ///
    /// Waits for the statement that is running, if there is one. Call it about once a second while the
    /// load waits for something else: the server ends a transaction that is idle for 60 s.
    pub async fn keep_alive(&self) {
        // If the session has ended, the load's next statement reports it.
        let _ = self.client().batch_execute("").await;
    }

    /// Logs a file that is about to be read, so that everyone can see it at once.
    ///
    /// Only what is known before reading is logged.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a second connection, or if the job log cannot be written.
    pub async fn start_file(&self, file: &FileOutcome) -> Result<FileId, Error> {
        self.database.start_file(self.job, file).await
    }

    /// Returns the size of the master tables of these kinds.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn master_size(&self, kinds: &[FileKind]) -> Result<MasterSize, Error> {
        let mut size = MasterSize {
            is_empty: true,
            bytes: 0,
        };
        for kind in kinds {
            let read = async {
                let row = (self.client().query_one(&statement::master_size(*kind), &[])).await?;
                Ok((row.try_get(0)?, row.try_get::<_, i64>(1)?))
            };
            let (is_empty, bytes): (bool, _) = read.await.map_err(|error| {
                let task = format!("read the size of {}", table_of(*kind));
                self.database.statement(task, error)
            })?;
            size.is_empty &= is_empty;
            size.bytes += bytes.cast_unsigned();
        }
        Ok(size)
    }

    /// Undoes everything since [`begin`](Self::begin): the master tables are as they were, nothing is staged, and readers need not wait.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn start_over(&self) -> Result<(), Error> {
        let undo = "rollback to savepoint strategy; release savepoint strategy";
        (self.client().batch_execute(undo).await)
            .map_err(|error| self.database.statement("undo the first attempt", error))?;
        self.database.restart_files(self.job).await
    }

    /// Logs the job's success with its files, and commits: from now on everyone sees the load.
    ///
    /// If a file was loaded, the commit notifies the channel `cusip_loaded` of the job's number.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] if a user canceled the job, [`Error::Connection`] if the server
    /// refuses: then nothing is loaded. If the server's answer is lost, this looks the outcome up;
    /// [`Error::OutcomeUnknown`] if that fails too.
    pub async fn commit(self, files: &[&FileOutcome]) -> Result<(), Error> {
        let client = self.transaction.client();
        (client.batch_execute(JOB_LOG_TIMEOUT).await)
            .map_err(|error| self.database.statement("limit the job log's time", error))?;
        job_log::succeed_job(&self.database, client, self.job, files).await?;
        if (files.iter()).any(|file| file.status == FileStatus::Succeeded) {
            let notify = format!("notify cusip_loaded, '{}'", self.job);
            (client.batch_execute(&notify).await).map_err(|error| {
                self.database
                    .statement("notify listeners of the load", error)
            })?;
        }
        match self.transaction.commit().await {
            Err(error) if error.is_connection_lost() => {
                tracing::warn!("the connection broke during the commit; looking up its outcome");
                match self.database.was_committed(self.job).await? {
                    true => Ok(()),
                    false => Err(error.into()),
                }
            }
            committed => Ok(committed?),
        }
    }

    /// Rolls everything back, and waits until the load lock is free.
    pub async fn roll_back(self) {
        self.transaction.roll_back().await;
    }

    /// Cancels any running statement, rolls everything back, and waits until the load lock is free.
    pub async fn cancel(self) {
        self.transaction.cancel().await;
    }

    /// Returns the database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn client(&self) -> &Client {
        self.transaction.client()
    }

    /// Sets the savepoint that [`start_over`](Self::start_over) rolls back to.
    async fn set_savepoint(&self) -> Result<(), Error> {
        (self.client().batch_execute("savepoint strategy").await)
            .map_err(|error| self.database.statement("set a savepoint", error))
    }
}

/// Updates the planner's statistics of a master table if the role is allowed to. Otherwise
/// autovacuum does it later.
async fn analyze_master(client: &Client, kind: FileKind) -> Result<(), tokio_postgres::Error> {
    let table = table_of(kind);
    let row = client.query_one(statement::MAY_ANALYZE, &[&table]).await?;
    if row.get(0) {
        client.batch_execute(&statement::analyze_master(kind)).await
    } else {
        tracing::debug!(
            table,
            "statistics not updated: the role is not allowed to run ANALYZE"
        );
        Ok(())
    }
}
