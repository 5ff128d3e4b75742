//! `cusip jobs`.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use cusip_pif::FileKind;
use cusip_test_support::{
    TestDatabase, assert_consistent, cusip_on, day, load_document, master_rows, write_file,
    write_synthetic_day,
};
use tempfile::tempdir;

const APPLE: &str = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";

#[test]
fn database_without_jobs_says_so() {
    let database = TestDatabase::migrated();
    let run = cusip_on(&database, ["jobs"]);
    assert!(run.assert_done().stderr.contains("no job"), "{run:?}");
    assert_eq!(run.stdout, "");
    let run = cusip_on(&database, ["jobs", "--output", "json"]);
    assert_eq!(
        run.document(),
        serde_json::json!({"jobs": [], "next": null})
    );
}

#[test]
fn jobs_are_listed_newest_first_with_their_outcome() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 400);
    let path = folder.path().to_str().unwrap();
    cusip_on(
        &database,
        ["load", "--date", "2024-01-15", "--file-dir", path],
    )
    .assert_done();
    let bad = write_file(folder.path(), day(), FileKind::Issuer, &["too|few"]);
    cusip_on(&database, ["load", bad.to_str().unwrap()]).assert_fails(3, &[]);

    let run = cusip_on(&database, ["jobs"]);
    run.assert_done();
    let words: Vec<Vec<_>> = (run.stdout.lines())
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(words.len(), 3, "{run:?}");
    assert_eq!(
        words[0][..5],
        ["job", "status", "started", "seconds", "day"]
    );
    assert_eq!(words[1][..2], ["2", "failed"]);
    assert_eq!(words[1][4..10], ["-", "1", "0", "0", "0", "1"]);
    assert_eq!(words[1].last(), Some(&"too_many_rejects"));
    assert_eq!(words[2][..2], ["1", "succeeded"]);
    assert_eq!(words[2][4..8], ["2024-01-15", "2,403", "2,403", "0"]);

    let run = cusip_on(&database, ["jobs", "--limit", "1", "--output", "json"]);
    let document = run.document();
    assert_eq!(document["jobs"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["jobs"][0]["job_id"], 2);
    assert_eq!(document["jobs"][0]["error_code"], "too_many_rejects");
    assert_eq!(document["jobs"][0]["rows_rejected"], 1);
    let behind = cusip_on(&database, ["jobs", "--before", "1"]);
    let says = "no job before job 1 in the database";
    assert!(behind.assert_done().stderr.contains(says), "{behind:?}");
    let second = ["jobs", "--limit", "1", "--before", "2", "--output", "json"];
    assert_eq!(
        cusip_on(&database, second).document()["jobs"][0]["job_id"],
        1
    );
}

#[test]
fn job_shows_all_its_details() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let records = [APPLE, "one|bad", "two|bad", "three|bad"];
    let file = write_file(folder.path(), day(), FileKind::Issuer, &records);
    let file = file.to_str().unwrap();
    load_document(&database, [file, "--max-rejects", "3"])
        .0
        .assert_done();
    let run = cusip_on(&database, ["jobs", "1", "--limit", "2"]);
    run.assert_done();
    for text in [
        "job 1: succeeded",
        "asked for load-files",
        "max_rejects 3",
        file,
        "sha256   ",
        "trailer  \"999999|0000000004|2024-01-15\", field 2 is the record count",
        "copy ",
        " ms",
        "rejected: issuer line 2: record has 2 fields instead of 16",
        "rejected: issuer line 3: ",
        "rejected: 3 records in all; --after 1-3 shows the next",
        "`cusip jobs 1 --rejects FILE`",
    ] {
        assert!(run.stdout.contains(text), "{text:?} is missing in {run:?}");
    }
    assert!(!run.stdout.contains("line 4"), "{run:?}");

    let page = [
        "jobs", "1", "--limit", "2", "--after", "1-3", "--output", "json",
    ];
    let document = cusip_on(&database, page).document();
    assert_eq!(document["status"], "succeeded");
    assert_eq!(document["options"]["max_rejects"], "3");
    assert_eq!(document["files"][0]["rows_inserted"], 1);
    assert_eq!(
        document["files"][0]["sha256"].as_str().map(str::len),
        Some(64)
    );
    assert_eq!(document["rejects"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["rejects"][0]["line_number"], 4);
    assert_eq!(document["rejects"][0]["raw_line"], "three|bad");
}

#[test]
fn unknown_job_is_an_error_that_names_it() {
    let database = TestDatabase::migrated();
    let run = cusip_on(&database, ["jobs", "99"]);
    run.assert_fails(1, &["there is no job 99", database.name()]);
    cusip_on(&database, ["jobs", "--rejects", "x"]).assert_fails(2, &["<ID>"]);
}

#[test]
fn rejects_are_written_to_a_path_and_overwrite_only_with_force() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_file(
        folder.path(),
        day(),
        FileKind::Issuer,
        &[APPLE, "issuer|bad"],
    );
    write_file(folder.path(), day(), FileKind::Issue, &["issue|bad"]);
    let path = folder.path().to_str().unwrap();
    let load = [
        "load",
        "--date",
        "2024-01-15",
        "--allow-partial",
        "--file-dir",
        path,
    ];
    cusip_on(&database, load).assert_fails(3, &[]);

    let one_file = folder.path().join("rejects");
    let one_file = one_file.to_str().unwrap();
    cusip_on(&database, ["jobs", "1", "--rejects", one_file])
        .assert_fails(2, &["rejects of 2 files", "name a folder"]);
    let original = fs::read(folder.path().join("CED01-15R.PIP")).unwrap();
    cusip_on(&database, ["jobs", "1", "--rejects", path])
        .assert_fails(1, &["CED01-15R.PIP", "already exists", "--force"]);
    assert_eq!(
        fs::read(folder.path().join("CED01-15R.PIP")).unwrap(),
        original
    );

    let new_folder = format!("{one_file}/");
    let run = cusip_on(
        &database,
        ["jobs", "1", "--rejects", &new_folder, "--output", "json"],
    );
    let document = run.document();
    assert_eq!(document["files"][1]["type"], "issue");
    assert_eq!(document["files"][1]["rows"], 1);
    let issues = fs::read(folder.path().join("rejects/CED01-15E.PIP")).unwrap();
    assert_eq!(issues, b"issue|bad\r\n999999|REJECTS|job 1\r\n");
    cusip_on(&database, ["jobs", "1", "--rejects", &new_folder]).assert_fails(1, &["--force"]);
    cusip_on(
        &database,
        ["jobs", "1", "--rejects", &new_folder, "--force"],
    )
    .assert_done();
}

#[test]
fn job_without_rejects_writes_no_file() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[APPLE]);
    cusip_on(&database, ["load", file.to_str().unwrap()]).assert_done();
    let out = folder.path().join("out/");
    let run = cusip_on(&database, ["jobs", "1", "--rejects", out.to_str().unwrap()]);
    assert!(
        run.assert_done().stderr.contains("job 1 has no rejects"),
        "{run:?}"
    );
    assert!(!out.exists());
}

/// Users add and delete lines when they fix the records.
#[test]
fn trailer_of_rejects_does_not_count_them() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("issuers.txt");
    fs::write(
        &file,
        format!("{APPLE}\nbad|one\n999999|20240115|000002|x\n"),
    )
    .unwrap();
    let file = file.to_str().unwrap();
    cusip_on(&database, ["load", file, "--type", "issuer"]).assert_fails(3, &[]);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    cusip_on(&database, ["jobs", "1", "--rejects", out.to_str().unwrap()]).assert_done();
    let written = fs::read(out.join("issuers.txt")).unwrap();
    assert_eq!(written, b"bad|one\r\n999999|REJECTS|job 1\r\n");
}

#[test]
fn killed_load_is_interrupted_when_jobs_are_listed() {
    let database = TestDatabase::migrated();
    let mut loader = Command::new(env!("CARGO_BIN_EXE_cusip"))
        .args(["load", "-", "--type", "issuer"])
        .args(database.arguments())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = loader.stdin.take().unwrap();
    input
        .write_all(format!("{APPLE}\nbad|one\n").as_bytes())
        .unwrap();
    let patiently = |query: &str, until: &str| {
        for _ in 0..1_000 {
            if database.query(query) == [[until]] {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("{query} never answers {until}");
    };
    patiently(
        "select count(*) from load_file where status = 'running'",
        "1",
    );
    let run = cusip_on(&database, ["jobs"]);
    assert!(run.assert_done().stdout.contains("running"), "{run:?}");
    loader.kill().unwrap();
    loader.wait().unwrap();
    patiently(
        "select count(*) from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())",
        "0",
    );

    let document = cusip_on(&database, ["jobs", "1", "--output", "json"]).document();
    assert_eq!(document["status"], "interrupted");
    assert_eq!(document["files"][0]["status"], "error");
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_consistent(&database);
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[APPLE]);
    cusip_on(&database, ["load", file.to_str().unwrap()]).assert_done();
    assert_eq!(master_rows(&database), [1, 0, 0]);
    assert_consistent(&database);
}
