//! How many rejects the job log keeps, where they can be written, and how they are pruned.

use std::fs;

use cusip_pif::FileKind;
use cusip_test_support::{
    TestDatabase, assert_consistent, cusip_in, cusip_on, day, load_document, write_file,
};
use serde_json::json;
use tempfile::tempdir;

const RECORDS: usize = 12_000;
const KEPT: usize = 10_000;

#[test]
fn rejects_of_a_changed_layout_are_kept_once_and_up_to_a_limit() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuers: Vec<_> = (0..RECORDS)
        .map(|number| format!("{number:06}||A NAME||ONE FIELD MORE||||||C|A||A|CA|2024-01-15|"))
        .collect();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &issuers);
    let mut sizes = Vec::new();
    for _ in 0..3 {
        let (run, document) = load_document(&database, [&file]);
        run.assert_fails(3, &["12000 of 12000 records were rejected"]);
        let result = &document["results"][0];
        assert_eq!(result["rows_rejected"], RECORDS);
        assert_eq!(result["rejects_kept"], KEPT);
        assert_eq!(result["rejects_by_rule"], json!({"field_count": RECORDS}));
        let warnings = result["warnings"].to_string();
        assert!(
            warnings.contains("keeps the first 10000 of 12000"),
            "{warnings}"
        );
        // Without the maps of the table, which autovacuum writes at any time.
        sizes.push(database.query("select pg_relation_size('load_reject')"));
    }
    assert_eq!(sizes[0], sizes[2]);
    assert_consistent(&database);

    let run = cusip_on(&database, ["jobs", "3"]);
    assert!(
        run.assert_done().stdout.contains("field_count 12000"),
        "{run:?}"
    );
    let out = folder.path().join("rejects.PIP");
    let write = ["jobs", "3", "--rejects", out.to_str().unwrap()];
    let run = cusip_on(&database, write);
    let says = "the first 10,000 of 12,000 rejected issuer records";
    assert!(run.assert_done().stderr.contains(says), "{run:?}");
    assert!(run.stderr.contains("the other 2,000"), "{run:?}");
    let run = cusip_on(
        &database,
        [&write[..], &["--force", "--output", "json"]].concat(),
    );
    assert_eq!(run.document()["files"][0]["missing"], RECORDS - KEPT);
    let written = fs::read_to_string(out).unwrap();
    let mut expected = issuers[..KEPT].join("\r\n");
    expected.push_str("\r\n999999|REJECTS|job 3\r\n");
    assert_eq!(written, expected);
}

#[test]
fn rejects_are_written_to_standard_output() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &["bad|one"]);
    let issues = write_file(folder.path(), day(), FileKind::Issue, &["bad|two"]);
    load_document(&database, [&file]).0.assert_fails(3, &[]);
    load_document(&database, [&file, &issues])
        .0
        .assert_fails(3, &[]);
    let empty = tempdir().unwrap();
    let write = |job: &str, more: &[&str]| {
        let arguments = [&["jobs", job, "--rejects", "-"], more].concat();
        let arguments = arguments.into_iter().map(str::to_owned);
        cusip_in(empty.path(), [], arguments.chain(database.arguments()))
    };
    let run = write("1", &[]);
    assert_eq!(
        run.assert_done().stdout,
        "bad|one\r\n999999|REJECTS|job 1\r\n"
    );
    assert!(
        run.stderr.contains("standard output: 1 rejected"),
        "{run:?}"
    );
    write("1", &["--output", "json"]).assert_fails(2, &["--output json"]);
    write("2", &[]).assert_fails(2, &["rejects of 2 files", "name a folder"]);
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

#[test]
fn pruned_rejects_leave_the_job_and_its_counts() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &["bad|one"]);
    load_document(&database, [&file]).0.assert_fails(3, &[]);
    database.execute("update load_job set started_at = '2024-01-15 12:00 UTC'");
    let prune = |day| cusip_on(&database, ["jobs", "prune", "--before", day]);
    let run = prune("2024-01-15");
    assert!(
        run.assert_done().stdout.contains("deleted 0 rejects"),
        "{run:?}"
    );
    let run = prune("2024-01-16");
    assert!(
        run.assert_done().stdout.contains("deleted 1 rejects"),
        "{run:?}"
    );
    let run = cusip_on(&database, ["jobs", "1"]);
    for says in ["field_count 1", "pruned   the rejects, at "] {
        assert!(run.stdout.contains(says), "{says}: {run:?}");
    }
    let run = cusip_on(&database, ["jobs", "1", "--rejects", "-"]);
    run.assert_fails(1, &["the rejects of job 1 were pruned at"]);
    prune("9999-01-01").assert_fails(2, &["in the future", "all jobs"]);
    assert_consistent(&database);
}
