//! Commits of Delta tables, as the Delta protocol describes them.

use arrow_schema::{DataType, Schema, TimeUnit};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::data_file::WrittenFile;
use super::manifest::Load;
use super::table::Table;
use crate::digest::hexadecimal;

/// The name under which our transactions are in the logs.
const APPLICATION: &str = "cusip";
const DAY: &str = "day";
/// The value of a partition without a day, as all engines write it.
const NO_DAY: &str = "__HIVE_DEFAULT_PARTITION__";

/// What one load changes in a table.
pub(super) struct Commit<'c> {
    pub(super) table: Table,
    pub(super) load: &'c Load,
    /// The columns, if the table is new or they have changed.
    pub(super) columns: Option<Columns<'c>>,
    /// The file that this one replaces, by its path in the table.
    pub(super) removed: Option<&'c str>,
    /// The new file, by its path in the table.
    pub(super) added: Option<(&'c str, &'c WrittenFile)>,
}

pub(super) struct Columns<'c> {
    pub(super) schema: &'c str,
    /// What is different for each lake.
    pub(super) identity: &'c str,
    /// Whether the table is new.
    pub(super) is_new: bool,
}

/// What a log says about a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundCommit {
    /// The load, unless another program made the commit.
    pub(super) load: Option<(i64, i64)>,
    pub(super) added: Option<FoundFile>,
}

/// A file that a commit added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundFile {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) rows: u64,
    pub(super) digest: String,
}

/// Returns the path of a load's file in its table.
pub(super) fn file_path(table: Table, load: &Load) -> String {
    let name = format!("job-{}.parquet", load.job_id);
    if !table.only_grows() {
        return name;
    }
    let day = load.day.as_deref().unwrap_or(NO_DAY);
    format!("{DAY}={day}/{name}")
}

/// Returns the name of a version's commit in `_delta_log`.
pub(super) fn file_name(version: u64) -> String {
    format!("{version:020}.json")
}

impl Commit<'_> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let time = self.load.milliseconds();
        let mut actions = Vec::new();
        if let Some(columns) = &self.columns {
            if columns.is_new {
                actions.push(json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}));
            }
            actions.push(self.definition(columns));
        }
        actions.push(json!({"txn": {
            "appId": APPLICATION, "version": self.load.job_id, "lastUpdated": time
        }}));
        if let Some(path) = self.removed {
            actions.push(json!({"remove": {
                "path": path, "deletionTimestamp": time, "dataChange": true
            }}));
        }
        if let Some((path, file)) = self.added {
            actions.push(self.add(path, file));
        }
        let mode = if self.table.only_grows() {
            "Append"
        } else {
            "Overwrite"
        };
        actions.push(json!({"commitInfo": {
            "timestamp": time, "operation": "WRITE", "operationParameters": {"mode": mode}
        }}));
        let mut bytes = Vec::new();
        for action in actions {
            bytes.extend_from_slice(action.to_string().as_bytes());
            bytes.push(b'\n');
        }
        bytes
    }

    fn definition(&self, columns: &Columns<'_>) -> Value {
        let name = self.table.folder();
        let hash = hexadecimal(&Sha256::digest(format!("{name} {}", columns.identity)));
        // A UUID of version 8, whose content is up to us.
        let id = format!(
            "{}-{}-8{}-8{}-{}",
            &hash[..8],
            &hash[8..12],
            &hash[13..16],
            &hash[17..20],
            &hash[20..32]
        );
        let (partitions, configuration) = match self.table.only_grows() {
            true => (json!([DAY]), json!({"delta.appendOnly": "true"})),
            false => (json!([]), json!({})),
        };
        json!({"metaData": {
            "id": id,
            "format": {"provider": "parquet", "options": {}},
            "schemaString": columns.schema,
            "partitionColumns": partitions,
            "configuration": configuration,
            "createdTime": self.load.milliseconds(),
        }})
    }

    fn add(&self, path: &str, file: &WrittenFile) -> Value {
        let partition = match self.table.only_grows() {
            true => json!({DAY: self.load.day}),
            false => json!({}),
        };
        // The smallest and largest values are in the Parquet files. delta-rs finds no rows if a commit has them of
        // some columns only.
        let statistics = json!({"numRecords": file.rows.count});
        json!({"add": {
            "path": path,
            "partitionValues": partition,
            "size": file.bytes,
            "modificationTime": self.load.milliseconds(),
            "dataChange": true,
            "stats": statistics.to_string(),
            "tags": {"cusip.digest": file.rows.digest},
        }})
    }
}

impl FoundCommit {
    /// Reads a commit, which another program may have written.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut found = Self {
            load: None,
            added: None,
        };
        let lines = bytes.split(|byte| *byte == b'\n');
        for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
            let action: Value = serde_json::from_slice(line).ok()?;
            let transaction = &action["txn"];
            if transaction["appId"] == APPLICATION {
                let time = transaction["lastUpdated"].as_i64()?;
                found.load = Some((transaction["version"].as_i64()?, time));
            }
            if let Some(added) = action.get("add") {
                found.added = FoundFile::parse(added);
            }
        }
        Some(found)
    }
}

impl FoundFile {
    fn parse(added: &Value) -> Option<Self> {
        let statistics: Value = serde_json::from_str(added["stats"].as_str()?).ok()?;
        Some(Self {
            path: added["path"].as_str()?.to_owned(),
            bytes: added["size"].as_u64()?,
            rows: statistics["numRecords"].as_u64()?,
            digest: added["tags"]["cusip.digest"].as_str()?.to_owned(),
        })
    }
}

/// Returns the columns of a table in the words of Delta.
pub(super) fn delta_schema(table: Table, schema: &Schema) -> String {
    let column = |name: &str, data_type: &str, nullable: bool| json!({"name": name, "type": data_type, "nullable": nullable, "metadata": {}});
    let fields = schema.fields().iter();
    let mut columns: Vec<_> = fields
        .map(|field| {
            column(
                field.name(),
                &delta_type(field.data_type()),
                field.is_nullable(),
            )
        })
        .collect();
    if table.only_grows() {
        columns.push(column(DAY, "date", true));
    }
    json!({"type": "struct", "fields": columns}).to_string()
}

fn delta_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Date32 => "date".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "long".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Timestamp(TimeUnit::Microsecond, _) => "timestamp".to_owned(),
        _ => "string".to_owned(),
    }
}
