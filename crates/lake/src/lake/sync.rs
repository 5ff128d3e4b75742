//! Brings the lake up to the last load.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{Date32Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use cusip_jobs::{JobId, State};
use cusip_pif::FileKind;
use cusip_postgres::{JobRange, PastLoad, Snapshot};
use sha2::{Digest as _, Sha256};

use super::commit::{Columns, Commit, FoundFile, delta_schema, file_path};
use super::data_file::{DataFile, WrittenFile, write_rows};
use super::log::Log;
use super::manifest::{self, FileState, Load, Manifest, TableState};
use super::table::Table;
use crate::digest::hexadecimal;
use crate::error::Error;
use crate::store::Store;

const UTC: &str = "UTC";

/// A sync that is under way: it appends one load after the other.
pub struct LakeSync<'s> {
    store: &'s Store,
    snapshot: &'s Snapshot,
    /// All loads of the database.
    loads: Vec<Load>,
    pending: VecDeque<PastLoad>,
    logs: Vec<Log>,
    last: Option<Manifest>,
    /// The number of the next manifest.
    number: u64,
    snapshot_every: u64,
}

/// A load that was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppendedLoad {
    /// The state after the load.
    pub state: State,
    /// How many versions of records the load brought.
    pub versions: u64,
    /// How many records are in the new snapshot, if there is one.
    pub current: Option<u64>,
    /// The size of the new Parquet files.
    pub bytes: u64,
}

impl<'s> LakeSync<'s> {
    /// Compares the lake with the database, and finds the loads that it does not have. A new snapshot of all
    /// records is due when this many loads have come since the last one, or never if it is 0.
    ///
    /// # Errors
    ///
    /// [`Error::OtherLake`] if the lake is of another database, or of a state that this one does not have;
    /// [`Error::Pruned`] if loads that are not in the lake were pruned; [`Error::Damaged`] if files are
    /// missing; or why the database or the lake cannot be read.
    pub async fn open(
        store: &'s Store,
        snapshot: &'s Snapshot,
        snapshot_every: u64,
    ) -> Result<Self, Error> {
        let number = manifest::count(store).await?;
        let last = match number.checked_sub(1) {
            Some(last) => Some(Manifest::read(store, last).await?),
            None => None,
        };
        let all = snapshot.past_loads().await?;
        let loads: Vec<_> = all.iter().map(Load::new).collect();
        if let Some(last) = &last {
            check_lineage(last, &loads)?;
        }
        let after = last.as_ref().map_or(0, |last| last.load.job_id);
        let is_new = last.is_none();
        let pending: VecDeque<_> = (all.into_iter())
            .filter(|load| load.state.job.0 > after && (load.has_history || !is_new))
            .collect();
        if let Some(lost) = pending.iter().find(|load| !load.has_history) {
            let oldest = pending.iter().find(|load| load.has_history);
            return Err(Error::Pruned {
                last: JobId(after),
                oldest: oldest.map_or(lost.state.job, |load| load.state.job),
            });
        }
        let mut logs = Vec::with_capacity(Table::ALL.len());
        if !pending.is_empty() {
            for table in Table::ALL {
                let known = last.as_ref().and_then(|last| last.table(table));
                logs.push(Log::open(store, table, known).await?);
            }
        }
        Ok(Self {
            store,
            snapshot,
            loads,
            pending,
            logs,
            last,
            number,
            snapshot_every,
        })
    }

    /// Returns the last load in the lake.
    #[must_use]
    pub fn last(&self) -> Option<JobId> {
        self.last.as_ref().map(|last| last.load.job())
    }

    /// Appends the next load, or returns `None` if the lake has all of them.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if another sync writes the same file; or why the database cannot be read or the lake
    /// cannot be written. The lake is as before then, and the next sync continues.
    pub async fn next(&mut self) -> Result<Option<AppendedLoad>, Error> {
        let Some(pending) = self.pending.pop_front() else {
            return Ok(None);
        };
        let load = Load::new(&pending);
        let previous = self.last.as_ref().map_or(0, |last| last.load.job_id);
        let first = match &self.last {
            Some(last) => last.first_job_id,
            None => load.job_id,
        };
        let has_snapshot = self.pending.is_empty() && self.is_snapshot_due(&load);
        let mut appended = AppendedLoad {
            state: pending.state,
            versions: 0,
            current: None,
            bytes: 0,
        };
        let mut tables = Vec::with_capacity(Table::ALL.len());
        for index in 0..self.logs.len() {
            let table = self.logs[index].table;
            if matches!(table, Table::Current(_)) && !has_snapshot {
                let before = self.last.as_ref().and_then(|last| last.table(table));
                tables.extend(before.cloned());
                continue;
            }
            let state = self.append(index, &load, previous, first).await?;
            appended.bytes += state.file.as_ref().map_or(0, |file| file.bytes);
            match table {
                Table::Versions(_) => appended.versions += state.rows,
                Table::Current(_) => *appended.current.get_or_insert(0) += state.rows,
                Table::Loads => {}
            }
            tables.push(state);
        }
        let manifest = Manifest {
            load,
            previous_job_id: previous,
            first_job_id: first,
            tables,
        };
        self.last = Some(self.finish(manifest).await?);
        self.number += 1;
        Ok(Some(appended))
    }

    /// Writes the load's part of a table, unless it is there.
    async fn append(
        &mut self,
        index: usize,
        load: &Load,
        previous: i64,
        first: i64,
    ) -> Result<TableState, Error> {
        let table = self.logs[index].table;
        let found = self.logs[index].find(self.store, load).await?;
        if let Some((version, file)) = found {
            let schema = match &self.logs[index].schema {
                Some(schema) => schema.clone(),
                None => self.schema_digest(table).await?,
            };
            self.logs[index].schema = Some(schema.clone());
            return Ok(table_state(table, load, version, schema, file));
        }
        let path = file_path(table, load);
        let (schema, written) = self.write(table, &path, load, previous, first).await?;
        let definition = delta_schema(table, &schema);
        let digest = hexadecimal(&Sha256::digest(&definition));
        let log = &mut self.logs[index];
        let identity = identity(&self.loads, first);
        let is_new = log.version.is_none();
        let has_changed = log.schema.as_ref() != Some(&digest);
        let removed = log.last_file.clone().filter(|_| !table.only_grows());
        let commit = Commit {
            table,
            load,
            columns: has_changed.then_some(Columns {
                schema: &definition,
                identity: &identity,
                is_new,
            }),
            removed: removed.as_deref(),
            added: written.as_ref().map(|written| (path.as_str(), written)),
        };
        let (version, file) = log.commit(self.store, &commit).await?;
        log.schema = Some(digest.clone());
        Ok(table_state(table, load, version, digest, file))
    }

    async fn write(
        &self,
        table: Table,
        path: &str,
        load: &Load,
        previous: i64,
        first: i64,
    ) -> Result<(SchemaRef, Option<WrittenFile>), Error> {
        let key = format!("{}/{path}", table.folder());
        match table {
            Table::Versions(kind) => {
                let jobs = JobRange {
                    after: JobId(previous),
                    upto: load.job(),
                };
                let rows = self.snapshot.versions(kind, jobs).await?;
                write_rows(self.store, &key, rows).await
            }
            Table::Current(kind) => {
                let rows = self.snapshot.records(kind, load.job()).await?;
                write_rows(self.store, &key, rows).await
            }
            Table::Loads => {
                let batch = loads(&self.loads, first, load.job_id)?;
                let schema = batch.schema();
                let mut file = DataFile::begin(self.store, &key, SchemaRef::clone(&schema))?;
                file.add(&batch).await?;
                Ok((schema, file.finish().await?))
            }
        }
    }

    /// Returns the digest of a table's columns.
    async fn schema_digest(&self, table: Table) -> Result<String, Error> {
        let schema = schema(self.snapshot, table).await?;
        Ok(hexadecimal(&Sha256::digest(delta_schema(table, &schema))))
    }

    /// Writes the manifest, or takes the one of another sync of the same load.
    async fn finish(&self, manifest: Manifest) -> Result<Manifest, Error> {
        let key = manifest::key(self.number);
        if self.store.create(&key, &manifest.to_bytes()).await? {
            return Ok(manifest);
        }
        let found = Manifest::read(self.store, self.number).await?;
        if found.load == manifest.load {
            return Ok(found);
        }
        Err(Error::Busy {
            location: self.store.location(&key),
        })
    }

    fn is_snapshot_due(&self, load: &Load) -> bool {
        let last = self.last.as_ref();
        let last = last.and_then(|last| last.table(Table::Current(FileKind::Issuer)));
        let Some(last) = last else {
            return self.snapshot_every > 0;
        };
        let since = self
            .loads
            .iter()
            .filter(|other| other.job_id > last.job_id && other.job_id <= load.job_id);
        self.snapshot_every > 0 && since.count() as u64 >= self.snapshot_every
    }
}

/// Checks that the lake is one of this database, and not ahead of it.
fn check_lineage(last: &Manifest, loads: &[Load]) -> Result<(), Error> {
    let job = last.load.job_id;
    let problem = match loads.iter().find(|load| load.job_id == job) {
        Some(load) if *load == last.load => return Ok(()),
        Some(load) => format!(
            "job {job} of the lake was committed at {}, that of the database at {}: the lake is of another database, or \
             of a state before a restore",
            last.load.loaded_at, load.loaded_at
        ),
        None => {
            let newest = match loads.last() {
                Some(load) => format!("the database ends with job {}", load.job_id),
                None => "nothing has been loaded into the database".to_owned(),
            };
            format!(
                "the lake goes up to job {job}, which the database does not have, and {newest}: the lake is of another \
                 database, or of a state before a restore"
            )
        }
    };
    Err(Error::OtherLake {
        problem: format!("{problem}; check the database and the folder, or sync to a new folder"),
    })
}

fn table_state(
    table: Table,
    load: &Load,
    version: u64,
    schema: String,
    file: Option<FoundFile>,
) -> TableState {
    TableState {
        table: table.folder().to_owned(),
        job_id: load.job_id,
        version,
        schema,
        rows: file.as_ref().map_or(0, |file| file.rows),
        file: file.map(|file| FileState {
            path: format!("{}/{}", table.folder(), file.path),
            bytes: file.bytes,
            digest: file.digest,
        }),
    }
}

/// Returns the columns of a table.
async fn schema(snapshot: &Snapshot, table: Table) -> Result<SchemaRef, Error> {
    use crate::batch_rows::BatchRows;
    match table {
        Table::Versions(kind) => {
            let none = JobRange {
                after: JobId(0),
                upto: JobId(0),
            };
            let rows = snapshot.versions(kind, none).await?;
            Ok(BatchRows::new(rows.columns()).schema())
        }
        Table::Current(kind) => {
            let rows = snapshot.records(kind, JobId(0)).await?;
            Ok(BatchRows::new(rows.columns()).schema())
        }
        Table::Loads => Ok(loads_schema()),
    }
}

/// Returns what is different for each lake: its first load.
fn identity(loads: &[Load], first: i64) -> String {
    let first = loads.iter().find(|load| load.job_id == first);
    first.map_or_else(String::new, |load| {
        format!("{} {}", load.job_id, load.loaded_at)
    })
}

/// Returns the loads of the lake as rows.
pub(super) fn loads(loads: &[Load], first: i64, last: i64) -> Result<RecordBatch, Error> {
    let loads = || {
        let loads = loads.iter();
        loads.filter(move |load| (first..=last).contains(&load.job_id))
    };
    let jobs = Int64Array::from_iter_values(loads().map(|load| load.job_id));
    let days: Date32Array = loads().map(Load::days_since_unix_epoch).collect();
    let times = TimestampMicrosecondArray::from_iter_values(loads().map(Load::microseconds));
    let columns: Vec<arrow_array::ArrayRef> = vec![
        Arc::new(jobs),
        Arc::new(days),
        Arc::new(times.with_timezone(UTC)),
    ];
    RecordBatch::try_new(loads_schema(), columns).map_err(|error| Error::Parquet {
        source: error.into(),
    })
}

fn loads_schema() -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()));
    Arc::new(Schema::new(vec![
        Field::new("job_id", DataType::Int64, false),
        Field::new("day", DataType::Date32, true),
        Field::new("loaded_at", time, false),
    ]))
}

impl std::fmt::Debug for LakeSync<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LakeSync")
            .field("store", &self.store)
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}
