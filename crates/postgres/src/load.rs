//! A load: staging, checks over the staged records, merge, commit.

mod filling;
mod master_rows;
mod orphan;
mod row_buffer;
mod staging;
mod statement;

use cusip_pif::{CodeList, FileKind};
use tokio_postgres::Client;

use self::filling::Filling;
pub use self::master_rows::MasterRows;
pub use self::orphan::{Orphan, OrphanLines, Orphans};
pub use self::row_buffer::RowBuffer;
pub use self::staging::Staging;
use crate::database::Database;
use crate::error::Error;
use crate::job::JobId;
use crate::ledger::{self, FileEntry, FileId, NewJob, RejectLog};
use crate::lock;
use cusip_connect::Transaction;

/// Settings of a load's transaction: memory for the sorts and hashes of the checks and merges, an
/// end to waiting for somebody else's lock, and a server that notices a loader that is gone, even in
/// the middle of a statement, and gives its lock free. Not every platform of the server can do that.
const SETTINGS: &str = "set local work_mem = '128MB';
    set local lock_timeout = '60s';
    set local tcp_keepalives_idle = '30s';
    set local tcp_keepalives_interval = '10s';
    set local tcp_keepalives_count = 3;
    set local tcp_user_timeout = '60s';
    do $$ begin
        set local client_connection_check_interval = '10s';
    exception when invalid_parameter_value then null;
    end $$;
    do $$ begin
        if current_setting('wal_compression') in ('on', 'pglz') then
            set local wal_compression = 'lz4';
        end if;
    exception when insufficient_privilege or invalid_parameter_value then null;
    end $$";

/// A copy lasts as long as its file is read, and a merge as long as the database needs for all of
/// it; the ledger's rows are a handful.
const COPY_TIMEOUT: &str = "set local statement_timeout = '4h'";
const MERGE_TIMEOUT: &str = "set local statement_timeout = '2h'";
const LEDGER_TIMEOUT: &str = "set local statement_timeout = '5min'";

/// The share of a table's rows that a load has to write to make its statistics worth renewing.
const ANALYZE_SHARE: u64 = 10;

/// Rows of a master table take up about one and a half times the room of their records, and to read
/// one costs about a third of what it costs to stage and merge a record.
const COMPARED_BYTES_PER_FILE_BYTE: u64 = 4;

/// A load in progress: one transaction, which holds the load lock.
///
/// Nothing of it but the ledger's rows of its job, files and rejects is seen by anybody before
/// [`commit`](Self::commit). Dropped before, it is rolled
/// back as soon as the server notices; [`roll_back`](Self::roll_back) waits for that.
#[derive(Debug)]
pub struct Load {
    database: Database,
    transaction: Transaction,
    job: JobId,
    staged: Vec<FileKind>,
    filling: Option<Filling>,
}

/// What a merge did with the staged records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// Records that are new in the master table.
    pub inserted: u64,
    /// Records that changed a row.
    pub updated: u64,
    /// Records that were there already.
    pub unchanged: u64,
}

/// A code that no list has, entered into its reference table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredCode {
    /// The name of the code list.
    pub list: &'static str,
    /// The code.
    pub code: String,
}

impl Database {
    /// Begins a load: takes the load lock and enters the job into the ledger.
    ///
    /// # Errors
    ///
    /// As [`check_schema`](Self::check_schema); [`Error::Busy`] while a load or migration runs;
    /// [`Error::Connection`] if the server refuses.
    pub async fn begin_load(&self, job: &NewJob) -> Result<Load, Error> {
        let transaction = self.begin().await?;
        // With the lock, so that no migration makes another schema of the one that was looked at.
        lock::take(self, transaction.client()).await?;
        self.check_schema_of(transaction.client()).await?;
        (transaction.client().batch_execute(SETTINGS).await)
            .map_err(|error| self.statement("set up the load's transaction", error))?;
        let job = self.start_job(job).await?;
        Ok(Load {
            database: self.clone(),
            transaction,
            job,
            staged: Vec::new(),
            filling: None,
        })
    }
}

impl Load {
    /// Returns the number of the run in the ledger.
    #[must_use]
    pub const fn job(&self) -> JobId {
        self.job
    }

    /// Enters a file that is about to be read into the ledger, where everybody sees it at once.
    ///
    /// Of the entry only what is known before the reading counts.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a second connection,
    /// [`Error::Connection`] if the ledger cannot be written.
    pub async fn start_file(&self, file: &FileEntry) -> Result<FileId, Error> {
        self.database.start_file(self.job, file).await
    }

    /// Starts to keep rejected records of a file, apart from the load and its end.
    #[must_use]
    pub fn reject_log(&self, file: FileId) -> RejectLog {
        RejectLog::new(self.database.clone(), self.job, file)
    }

    /// Makes the master tables of these kinds ready to be filled directly, as far as they are empty
    /// and nothing stands in the way, and returns the kinds whose tables are ready.
    ///
    /// Keys and indexes come when the rows are there, for a third of what they cost row by row. Those
    /// who look into the empty tables wait until the load has ended. To be asked for before anything
    /// is staged.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn begin_filling(&mut self, kinds: &[FileKind]) -> Result<&[FileKind], Error> {
        self.filling = Filling::begin(&self.database, self.transaction.client(), kinds).await?;
        Ok(self.filling.as_ref().map_or(&[], Filling::kinds))
    }

    /// Starts to copy rows into a master table that was made ready. They are rows of
    /// [`RowBuffer::of_job`].
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    ///
    /// # Panics
    ///
    /// If [`begin_filling`](Self::begin_filling) has made no table ready.
    pub async fn fill(&self, kind: FileKind) -> Result<Staging, Error> {
        let client = self.transaction.client();
        self.filling().fill(&self.database, client, kind).await
    }

    /// Makes the keys of a master table that was filled, in the order of the kinds. Tells whether its
    /// rows keep to them. If not, some have the same key or no parent, and only
    /// [`abandon_filling`](Self::abandon_filling) leads on.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    ///
    /// # Panics
    ///
    /// As [`fill`](Self::fill).
    pub async fn make_keys(&self, kind: FileKind) -> Result<bool, Error> {
        let client = self.transaction.client();
        (self.filling().make_keys(client, kind).await).map_err(|error| {
            let task = format!("make the keys of {}", kind.layout().table);
            self.database.statement(task, error)
        })
    }

    /// Makes the indexes of a master table that was filled and has its keys.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    ///
    /// # Panics
    ///
    /// As [`fill`](Self::fill).
    pub async fn make_indexes(&self, kind: FileKind) -> Result<(), Error> {
        let client = self.transaction.client();
        (self.filling().make_indexes(client, kind).await).map_err(|error| {
            let task = format!("make the indexes of {}", kind.layout().table);
            self.database.statement(task, error)
        })
    }

    /// Undoes everything since [`begin_filling`](Self::begin_filling): tables are empty again,
    /// nothing is staged, and readers need not wait any more.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn abandon_filling(&mut self) -> Result<(), Error> {
        self.filling = None;
        self.staged.clear();
        let abandoned = filling::abandon(self.transaction.client()).await;
        abandoned.map_err(|error| self.database.statement("empty the tables again", error))
    }

    /// Tells whether to hold the records of a file of this size against the rows of the master table
    /// costs less than to stage all of them: that takes reading the whole table.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn is_worth_comparing(&self, kind: FileKind, file_bytes: u64) -> Result<bool, Error> {
        // Rows are read over another connection, which would wait for the locks of this one.
        if self.filling.is_some() {
            return Ok(false);
        }
        let query = statement::master_bytes(kind);
        let row = self.transaction.client().query_one(&query, &[]).await;
        let row = row.map_err(|error| {
            let task = format!("ask for the size of {}", kind.layout().table);
            self.database.statement(task, error)
        })?;
        let master_bytes = row.get::<_, i64>(0).cast_unsigned();
        Ok(master_bytes > 0 && master_bytes / COMPARED_BYTES_PER_FILE_BYTE <= file_bytes)
    }

    /// Starts to read the rows that the master table of a kind has, in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] without a second connection,
    /// [`Error::Connection`] if the server refuses.
    pub async fn master_rows(&self, kind: FileKind) -> Result<MasterRows, Error> {
        MasterRows::read(&self.database, kind).await
    }

    /// Makes the staging table of a kind and starts to copy rows into it. What was staged of the kind
    /// before is gone.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn stage(&mut self, kind: FileKind) -> Result<Staging, Error> {
        let client = self.transaction.client();
        let task = || format!("stage the records for {}", kind.layout().table);
        let mut create = format!("{COPY_TIMEOUT}; {}", statement::create_staging(kind));
        if self.staged.contains(&kind) {
            create = format!("{}; {create}", statement::drop_staging(kind));
        }
        (client.batch_execute(&create).await)
            .map_err(|error| self.database.statement(task(), error))?;
        let sink = (client.copy_in(&statement::copy(kind)).await)
            .map_err(|error| self.database.statement(task(), error))?;
        if !self.staged.contains(&kind) {
            self.staged.push(kind);
        }
        Ok(Staging::new(self.database.clone(), task(), sink))
    }

    /// Removes each staged record whose key came again later in its file, and returns how many.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn remove_superseded(&self, kind: FileKind) -> Result<u64, Error> {
        let task = || {
            format!(
                "find repeated keys among the records for {}",
                kind.layout().table
            )
        };
        (self
            .transaction
            .client()
            .execute(&statement::delete_superseded(kind), &[])
            .await)
            .map_err(|error| self.database.statement(task(), error))
    }

    /// Removes the staged records whose parent is missing, and returns them one by one.
    ///
    /// Parents count as present when they are in the master table or staged, so kinds are to be
    /// checked in the order in which they refer to each other.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn remove_orphans(
        &self,
        kind: FileKind,
        lines: OrphanLines,
    ) -> Result<Orphans, Error> {
        let task = format!("find orphans among the records for {}", kind.layout().table);
        let Some(parent) = kind.parent() else {
            return Ok(Orphans::none(self.database.clone(), task));
        };
        let sql = statement::delete_orphans(kind, parent, self.staged.contains(&parent), lines);
        let no_parameters = std::iter::empty::<i64>();
        let rows = self.transaction.client().query_raw(&sql, no_parameters);
        match rows.await {
            Ok(rows) => Ok(Orphans::new(self.database.clone(), task, rows)),
            Err(error) => Err(self.database.statement(task, error)),
        }
    }

    /// Renews the planner's figures about the staged records.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn analyze_staged(&self, kind: FileKind) -> Result<(), Error> {
        let task = || format!("analyze the records for {}", kind.layout().table);
        (self
            .transaction
            .client()
            .batch_execute(&format!(
                "{MERGE_TIMEOUT}; {}",
                statement::analyze_staging(kind)
            ))
            .await)
            .map_err(|error| self.database.statement(task(), error))
    }

    /// Enters the staged or filled-in codes that a reference table lacks, and returns them.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn register_codes(
        &self,
        kind: FileKind,
        list: &'static CodeList,
        description: &str,
    ) -> Result<Vec<RegisteredCode>, Error> {
        let client = self.transaction.client();
        let filled = (self.filling.as_ref()).is_some_and(|filling| filling.kinds().contains(&kind));
        let source = if filled {
            kind.layout().table.to_owned()
        } else {
            statement::staging(kind)
        };
        let rows = (client
            .query(&statement::register_codes(&source, list), &[&description])
            .await)
            .map_err(|error| {
                let task = format!("enter undocumented codes into {}", list.table);
                self.database.statement(task, error)
            })?;
        let code = |row: &tokio_postgres::Row| RegisteredCode {
            list: list.name,
            code: row.get(0),
        };
        Ok(rows.iter().map(code).collect())
    }

    /// Brings the staged records of a kind into its master table. Rows that do not differ are not
    /// touched.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses, [`Error::Miscounted`] if it contradicts itself.
    pub async fn merge(&self, kind: FileKind) -> Result<Merged, Error> {
        let table = kind.layout().table;
        let failed = |error| {
            self.database
                .statement(format!("merge the staged records into {table}"), error)
        };
        let client = self.transaction.client();
        let staged = client
            .query_one(&statement::count_staged(kind), &[])
            .await
            .map_err(failed)?;
        let staged = staged.get::<_, i64>(0).cast_unsigned();
        if staged == 0 {
            return Ok(Merged::default());
        }
        let (inserted_before, updated_before, _) = self.written_rows(kind).await.map_err(failed)?;
        let merged = client
            .execute(&statement::merge(kind), &[&self.job.0])
            .await
            .map_err(failed)?;
        let (inserted, updated, rows) = self.written_rows(kind).await.map_err(failed)?;
        let (inserted, updated) = (inserted - inserted_before, updated - updated_before);
        if inserted + updated != merged {
            return Err(Error::Miscounted {
                place: self.database.place().to_owned(),
                table,
                reported: inserted + updated,
                merged,
            });
        }
        if merged * ANALYZE_SHARE > rows {
            analyze_master(client, kind).await.map_err(failed)?;
        }
        Ok(Merged {
            inserted,
            updated,
            unchanged: staged - merged,
        })
    }

    /// Enters the job's success with its files and commits: from now on everybody sees the load.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses. Nothing is loaded then.
    pub async fn commit(self, files: &[FileEntry]) -> Result<(), Error> {
        (self
            .transaction
            .client()
            .batch_execute(LEDGER_TIMEOUT)
            .await)
            .map_err(|error| self.database.statement("limit the ledger's time", error))?;
        ledger::succeed_job(&self.database, self.transaction.client(), self.job, files).await?;
        Ok(self.transaction.commit().await?)
    }

    /// Rolls everything back, and waits until the load lock is free.
    pub async fn roll_back(self) {
        self.transaction.roll_back().await;
    }

    /// Has the server cancel the statement that may still run, then rolls everything back and waits
    /// until the load lock is free.
    pub async fn cancel(self) {
        self.transaction.cancel().await;
    }

    fn filling(&self) -> &Filling {
        (self.filling.as_ref()).expect("tables are filled only after they were made ready")
    }

    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn client(&self) -> &Client {
        self.transaction.client()
    }

    async fn written_rows(&self, kind: FileKind) -> Result<(u64, u64, u64), tokio_postgres::Error> {
        let row = (self.transaction.client())
            .query_one(&statement::written_rows(kind), &[])
            .await?;
        let count = |index| row.get::<_, i64>(index).max(0).cast_unsigned();
        Ok((count(0), count(1), count(2)))
    }
}

/// Renews the planner's figures about a master table, which only the owner can do and those whom he
/// lets use the function.
async fn analyze_master(client: &Client, kind: FileKind) -> Result<(), tokio_postgres::Error> {
    let may = "select has_function_privilege('analyze_loaded(text)', 'execute')";
    if client.query_one(may, &[]).await?.get(0) {
        let table = kind.layout().table;
        client
            .execute("select analyze_loaded($1)", &[&table])
            .await?;
    }
    Ok(())
}
