//! Compares the lake with the database.

use arrow_array::RecordBatch;
use cusip_jobs::JobId;
use cusip_pif::FileKind;
use cusip_postgres::{JobRange, Snapshot, TableRows};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::commit::FoundCommit;
use super::log::commit_key;
use super::manifest::{self, Load, Manifest, TableState};
use super::sync;
use super::table::Table;
use crate::batch_rows::BatchRows;
use crate::digest::{RowDigest, Rows};
use crate::error::Error;
use crate::store::Store;

/// What a comparison of the lake with the database found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LakeComparison {
    /// How many loads the lake has.
    pub loads: u64,
    /// How many files were read.
    pub files: u64,
    /// How many rows they have.
    pub rows: u64,
    /// How many loads were compared only with their manifests, because their versions were pruned from the
    /// database.
    pub pruned: u64,
    /// What is different, each with the file that it is about.
    pub problems: Vec<String>,
}

/// The rows that a file should have.
struct Expected {
    state: TableState,
    /// What the database has, unless it was pruned.
    rows: Option<Rows>,
}

/// A load's files.
struct ExpectedLoad {
    load: Load,
    tables: Vec<(Table, Expected)>,
}

/// Reads every file that belongs to the lake, and compares the numbers of rows and digests of their values with
/// the database's: of each load's versions, of the last snapshot of all records, and of the loads.
///
/// # Errors
///
/// Why the database or the lake cannot be read. What differs is no error.
pub async fn compare_lake(store: &Store, snapshot: Snapshot) -> Result<LakeComparison, Error> {
    let mut comparison = LakeComparison::default();
    // The database comes first, because its transaction must not wait for long.
    let expected = expected(store, &snapshot, &mut comparison).await?;
    snapshot.end().await?;
    for load in &expected {
        for (table, expected) in &load.tables {
            compare(store, *table, &load.load, expected, &mut comparison).await?;
        }
    }
    find_strays(store, &expected, &mut comparison).await?;
    Ok(comparison)
}

async fn expected(
    store: &Store,
    snapshot: &Snapshot,
    comparison: &mut LakeComparison,
) -> Result<Vec<ExpectedLoad>, Error> {
    let past = snapshot.past_loads().await?;
    let loads: Vec<_> = past.iter().map(Load::new).collect();
    let count = manifest::count(store).await?;
    comparison.loads = count;
    let mut all = Vec::new();
    let mut previous = 0;
    for number in 0..count {
        let Manifest {
            load,
            previous_job_id,
            first_job_id,
            tables,
        } = Manifest::read(store, number).await?;
        let location = store.location(&manifest::key(number));
        if previous_job_id != previous {
            comparison.problems.push(format!(
                "{location:?} follows job {previous_job_id} instead of job {previous}"
            ));
        }
        if !loads.contains(&load) {
            comparison.problems.push(format!(
                "{location:?} has a job {} that the database does not have",
                load.job_id
            ));
        }
        let has_history =
            (past.iter()).any(|past| past.state.job.0 == load.job_id && past.has_history);
        comparison.pruned += u64::from(!has_history);
        let is_last = number + 1 == count;
        let mut files = Vec::new();
        for table in Table::ALL {
            let state = tables.iter().find(|state| state.table == table.folder());
            let Some(state) = state else {
                if !matches!(table, Table::Current(_)) {
                    (comparison.problems)
                        .push(format!("{location:?} does not name {}", table.folder()));
                }
                continue;
            };
            let rows = match table {
                Table::Versions(kind) if has_history => {
                    let jobs = JobRange {
                        after: JobId(previous_job_id),
                        upto: load.job(),
                    };
                    Some(digest(snapshot.versions(kind, jobs).await?).await?)
                }
                Table::Versions(_) => None,
                // Only the last state of these is in the tables.
                _ if !is_last => continue,
                Table::Current(kind) => current(snapshot, kind, state, &past).await?,
                Table::Loads => {
                    let rows = sync::loads(&loads, first_job_id, load.job_id)?;
                    let mut digest = RowDigest::new(rows.schema());
                    digest.add(&rows);
                    Some(digest.finish())
                }
            };
            let state = state.clone();
            files.push((table, Expected { state, rows }));
        }
        previous = load.job_id;
        all.push(ExpectedLoad {
            load,
            tables: files,
        });
    }
    Ok(all)
}

/// Returns what the database has of a snapshot, unless its job was pruned.
async fn current(
    snapshot: &Snapshot,
    kind: FileKind,
    state: &TableState,
    past: &[cusip_postgres::PastLoad],
) -> Result<Option<Rows>, Error> {
    let has_history =
        (past.iter()).any(|past| past.state.job.0 == state.job_id && past.has_history);
    if !has_history {
        return Ok(None);
    }
    let rows = snapshot.records(kind, JobId(state.job_id)).await?;
    digest(rows).await.map(Some)
}

async fn digest(mut rows: TableRows<'_>) -> Result<Rows, Error> {
    let mut batches = BatchRows::new(rows.columns());
    let mut digest = RowDigest::new(batches.schema());
    while let Some(row) = rows.next().await? {
        if let Some(batch) = batches.push(&row)? {
            digest.add(&batch);
        }
    }
    digest.add(&batches.finish()?);
    Ok(digest.finish())
}

/// Compares a file with its manifest, with the Delta log and with the database.
async fn compare(
    store: &Store,
    table: Table,
    load: &Load,
    expected: &Expected,
    comparison: &mut LakeComparison,
) -> Result<(), Error> {
    let state = &expected.state;
    let commit = commit_key(table, state.version);
    let location = store.location(&commit);
    match store.read(&commit).await? {
        None => comparison.problems.push(format!("{location:?} is missing")),
        Some(bytes) => {
            let found = FoundCommit::parse(&bytes);
            let is_of_load = found
                .as_ref()
                .and_then(|found| found.load)
                .map(|load| load.0);
            let path = (found.and_then(|found| found.added))
                .map(|file| format!("{}/{}", table.folder(), file.path));
            if is_of_load != Some(state.job_id)
                || path.as_ref() != state.file.as_ref().map(|file| &file.path)
            {
                let problem = format!(
                    "{location:?} is not what the manifest of job {} says",
                    load.job_id
                );
                comparison.problems.push(problem);
            }
        }
    }
    let Some(file) = &state.file else {
        let rows = expected.rows.as_ref().map_or(0, |rows| rows.count);
        if rows > 0 {
            comparison.problems.push(format!(
                "{} of job {} is missing: the database has {rows} rows",
                table.folder(),
                load.job_id
            ));
        }
        return Ok(());
    };
    let location = store.location(&file.path);
    let Some(reading) = store.open(&file.path).await? else {
        comparison.problems.push(format!("{location:?} is missing"));
        return Ok(());
    };
    let opened = reading.into_file().await?;
    let found = match read_rows(opened) {
        Ok(found) => found,
        Err(error) => {
            comparison
                .problems
                .push(format!("{location:?} cannot be read: {error}"));
            return Ok(());
        }
    };
    comparison.files += 1;
    comparison.rows += found.count;
    let of_manifest = Rows {
        count: state.rows,
        digest: file.digest.clone(),
    };
    for (other, name) in [
        (Some(&of_manifest), "its manifest"),
        (expected.rows.as_ref(), "the database"),
    ] {
        match other {
            Some(rows) if rows.count != found.count => comparison.problems.push(format!(
                "{location:?} has {} rows, {name} has {}",
                found.count, rows.count
            )),
            Some(rows) if rows.digest != found.digest => comparison.problems.push(format!(
                "{location:?} has as many rows as {name}, but other values"
            )),
            _ => {}
        }
    }
    Ok(())
}

fn read_rows(file: std::fs::File) -> Result<Rows, parquet::errors::ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let mut digest = RowDigest::new(builder.schema().clone());
    for batch in builder.build()? {
        let batch: RecordBatch = batch?;
        digest.add(&batch);
    }
    Ok(digest.finish())
}

/// Finds files of versions that no manifest names. Engines that read the folders would count them.
async fn find_strays(
    store: &Store,
    expected: &[ExpectedLoad],
    comparison: &mut LakeComparison,
) -> Result<(), Error> {
    let files = expected.iter().flat_map(|load| &load.tables);
    let files: Vec<_> = files
        .filter(|(table, _)| table.only_grows())
        .filter_map(|(_, expected)| Some(expected.state.file.as_ref()?.path.as_str()))
        .collect();
    let mut folders: Vec<_> = files
        .iter()
        .filter_map(|path| path.rsplit_once('/').map(|(folder, _)| folder))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        for name in store.list(folder).await? {
            let path = format!("{folder}/{name}");
            if !files.contains(&path.as_str()) {
                let location = store.location(&path);
                comparison.problems.push(format!(
                    "{location:?} does not belong to the lake; if no sync is running and the next one leaves it, delete it"
                ));
            }
        }
    }
    Ok(())
}
