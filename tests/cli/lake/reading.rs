//! Reads states from the files of a lake, by nothing but their keys and jobs, and compares them with PostgreSQL.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use cusip_test_support::TestDatabase;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::parquet_files;

/// A version: its job, its change, and a field that the tests change.
type Version = (i64, String, String);

/// Compares every state of issuers and issues, and the snapshot, with PostgreSQL.
#[track_caller]
pub(super) fn assert_states(database: &TestDatabase, folder: &Path) {
    assert_states_from(database, folder, 0);
}

/// Does the same with the states from a job on.
#[track_caller]
pub(super) fn assert_states_from(database: &TestDatabase, folder: &Path, first: i64) {
    let jobs = database.query(&format!(
        "select job_id from v_load where job_id >= {first} order by job_id"
    ));
    for job in jobs.iter().map(|row| row[0].parse().unwrap()) {
        for (table, key, field) in [
            ("issuer", &["issuer_num"][..], "issuer_name_1"),
            ("issue", &["issuer_num", "issue_num"], "issue_status"),
        ] {
            let found = state(folder, table, key, field, job);
            assert_eq!(
                found,
                stored(database, table, key, field, job),
                "{table} {job}"
            );
        }
    }
}

/// Returns what records were after a job: of each key the last version, unless it was deleted.
fn state(folder: &Path, table: &str, key: &[&str], field: &str, job: i64) -> Vec<Vec<String>> {
    let mut last: BTreeMap<String, Version> = BTreeMap::new();
    let start = format!("{table}/");
    for path in parquet_files(folder) {
        if !path.starts_with(&start) {
            continue;
        }
        for (key, version) in versions(&folder.join(path), key, field) {
            let is_newer = last.get(&key).is_none_or(|last| last.0 < version.0);
            if version.0 <= job && is_newer {
                last.insert(key, version);
            }
        }
    }
    let current = last
        .into_iter()
        .filter(|(_, version)| version.1 != "deleted");
    current.map(|(key, version)| vec![key, version.2]).collect()
}

fn versions(path: &Path, key: &[&str], field: &str) -> Vec<(String, Version)> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let mut found = Vec::new();
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        let text = |name: &str, row: usize| {
            let column = batch.column_by_name(name).unwrap();
            column.as_string::<i32>().value(row).to_owned()
        };
        let jobs = batch.column_by_name("job_id").unwrap();
        let jobs = jobs.as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let key: String = key.iter().map(|name| text(name, row)).collect();
            found.push((
                key,
                (jobs.value(row), text("change", row), text(field, row)),
            ));
        }
    }
    found
}

fn stored(
    database: &TestDatabase,
    table: &str,
    key: &[&str],
    field: &str,
    job: i64,
) -> Vec<Vec<String>> {
    let key = key.join(" || ");
    database.query(&format!(
        "select {key}, {field} from {table}_version
         where from_job_id <= {job} and (until_job_id is null or until_job_id > {job})
         order by 1"
    ))
}
