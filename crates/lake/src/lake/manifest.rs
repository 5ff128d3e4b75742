//! Manifests: which files and versions of tables belong to each load.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cusip_jobs::JobId;
use cusip_pif::Date;
use cusip_postgres::PastLoad;
use serde::{Deserialize, Serialize};

use super::table::Table;
use crate::error::Error;
use crate::store::Store;

const FOLDER: &str = "manifest";

/// A load that is in the lake, and the state of all tables after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) load: Load,
    /// The load before it in the lake, or 0.
    pub(super) previous_job_id: i64,
    /// The first load in the lake.
    pub(super) first_job_id: i64,
    pub(super) tables: Vec<TableState>,
}

/// A load, as the database committed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Load {
    pub(super) job_id: i64,
    pub(super) day: Option<String>,
    pub(super) loaded_at: String,
}

/// The state of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableState {
    pub(super) table: String,
    /// The load that changed the table last.
    pub(super) job_id: i64,
    /// The version of the Delta table.
    pub(super) version: u64,
    /// The columns, as a digest.
    pub(super) schema: String,
    pub(super) rows: u64,
    /// The file that the load added, unless it has no rows.
    pub(super) file: Option<FileState>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileState {
    /// The path in the lake.
    pub(super) path: String,
    pub(super) bytes: u64,
    /// A digest of the rows.
    pub(super) digest: String,
}

impl Manifest {
    pub(super) fn table(&self, table: Table) -> Option<&TableState> {
        let name = table.folder();
        self.tables.iter().find(|state| state.table == name)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("strings and numbers are JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Reads the manifest of a number, counted from 0.
    pub(super) async fn read(store: &Store, number: u64) -> Result<Self, Error> {
        let key = key(number);
        let damaged = |problem: &str| Error::Damaged {
            location: store.location(&key),
            problem: problem.to_owned(),
        };
        let bytes = store.read(&key).await?;
        let bytes = bytes.ok_or_else(|| damaged("is missing; sync to a new folder"))?;
        serde_json::from_slice(&bytes).map_err(|_| {
            damaged("is not a manifest of this version of cusip; sync to a new folder")
        })
    }
}

impl Load {
    pub(super) fn new(load: &PastLoad) -> Self {
        Self {
            job_id: load.state.job.0,
            day: load.state.date.map(|day| day.to_string()),
            loaded_at: humantime::format_rfc3339_micros(load.loaded_at).to_string(),
        }
    }

    pub(super) const fn job(&self) -> JobId {
        JobId(self.job_id)
    }

    pub(super) fn milliseconds(&self) -> i64 {
        microseconds(&self.loaded_at) / 1_000
    }

    pub(super) fn microseconds(&self) -> i64 {
        microseconds(&self.loaded_at)
    }

    pub(super) fn days_since_unix_epoch(&self) -> Option<i32> {
        let day: Date = self.day.as_deref()?.parse().ok()?;
        Some(day.days_since_unix_epoch())
    }
}

/// Returns how many manifests there are.
pub(super) async fn count(store: &Store) -> Result<u64, Error> {
    let names = store.list(FOLDER).await?;
    let numbers = names.iter().filter_map(|name| {
        let number = name.strip_suffix(".json")?;
        number.parse::<u64>().ok()
    });
    Ok(numbers.max().map_or(0, |last| last + 1))
}

pub(super) fn key(number: u64) -> String {
    format!("{FOLDER}/{number:020}.json")
}

fn microseconds(time: &str) -> i64 {
    let time = humantime::parse_rfc3339(time).unwrap_or(SystemTime::UNIX_EPOCH);
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
