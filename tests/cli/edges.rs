//! What a fresh pair of eyes stumbled over, so that nobody does again.

use std::fs::{File, OpenOptions};
use std::process::{Command, Stdio};

use cusip_pif::FileKind;
use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, cusip, cusip_on, day, load_document,
    master_rows, write_file, write_synthetic_day,
};
use tempfile::tempdir;

#[test]
fn load_succeeds_even_if_its_log_cannot_be_written() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 3, 2);
    let full = || -> Stdio {
        OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .map(File::into)
            .unwrap()
    };
    let status = Command::new(env!("CARGO_BIN_EXE_cusip"))
        .args([
            "load",
            "--log",
            "debug",
            "--date",
            "2024-01-15",
            "--file-dir",
        ])
        .arg(folder.path())
        .args(database.arguments())
        .stdout(Stdio::null())
        .stderr(full())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(master_rows(&database), [3, 6, 6]);
    assert_consistent(&database);
}

#[test]
fn number_that_gains_a_zero_is_a_change() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let issuers = write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    for (rate, [inserted, updated, unchanged]) in [
        ("4.8", [1, 0, 0]),
        ("4.80", [0, 1, 0]),
        ("4.80", [0, 0, 1]),
        ("04.80", [0, 0, 1]),
    ] {
        let issue = format!("037833|10||NOTE||||||A||||{rate}||A|");
        let issues = write_file(folder.path(), day(), FileKind::Issue, &[issue]);
        let (run, document) = load_document(&database, [&issuers, &issues]);
        run.assert_done();
        let written = inserted + updated;
        assert_counts(
            &document,
            "issue",
            [1, written, inserted, updated, unchanged, 0, 0],
        );
    }
    assert_eq!(database.query("select rate from issue"), [["4.80"]]);
}

#[test]
fn role_that_can_only_read_the_views_can_show_and_search() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &[issuer]),
        write_file(
            folder.path(),
            day(),
            FileKind::Issue,
            &["037833|10|0|COM||||||A||||||A|"],
        ),
    ];
    load_document(&database, &files).0.assert_done();
    let reader = format!("reader_of_{}", database.name());
    database.execute(&format!(
        "create role {reader} login;
         grant select on v_issuer, v_issue, v_issue_attribute, v_security, v_security_summary to {reader}"
    ));
    for command in [["show", "037833100"], ["search", "apple"]] {
        // The last of several --user options would be refused, so the reader's replaces ours.
        let mut arguments = database.arguments();
        *arguments.last_mut().unwrap() = reader.clone();
        let run = cusip(command.map(str::to_owned).into_iter().chain(arguments));
        run.assert_done();
        assert!(run.stdout.contains("037833100"), "{run:?}");
    }
}

#[test]
fn migrate_refuses_a_database_that_is_not_utf8() {
    let database = TestDatabase::empty();
    let name = format!("{}_latin", database.name());
    let create = "encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0";
    database.execute(&format!("create database {name} {create}"));
    let mut arguments = database.arguments();
    let place = arguments
        .iter()
        .position(|argument| argument == database.name())
        .unwrap();
    arguments[place] = name;
    let run = cusip(["migrate".to_owned()].into_iter().chain(arguments));
    run.assert_fails(5, &["has the encoding LATIN1", "encoding 'UTF8'"]);
}

#[test]
fn contradictory_options_are_refused() {
    for (arguments, says) in [
        (
            ["search", "apple", "--embedded", "/tmp/x", "--host", "h"],
            "--host has no effect together with --embedded",
        ),
        (
            [
                "search",
                "apple",
                "--database-url",
                "postgresql://h/d",
                "--port",
                "1",
            ],
            "--port has no effect together with --database-url",
        ),
        (
            ["load", "x.PIP", "--file-dir", "/tmp", "--log", "info"],
            "--file-dir has no effect together with FILE",
        ),
        (
            ["search", "apple", "--limit", "0", "--log", "info"],
            "--limit",
        ),
        (
            ["search", " ", "--limit", "1", "--log", "info"],
            "at least one word",
        ),
        (
            ["search", "apple", "--log", "a=b=c", "--limit", "1"],
            "--log",
        ),
        (
            ["search", "apple", "--database-url", "", "--limit", "1"],
            "--database-url is not a URL",
        ),
        (
            [
                "synth",
                "/tmp/x",
                "--date",
                "2024-01-15",
                "--changed-per-mille",
                "1001",
            ],
            "1001",
        ),
    ] {
        cusip(arguments).assert_fails(2, &[says]);
    }
}

#[test]
fn failed_loads_return_the_same_document_whatever_the_cause() {
    let folder = tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let run = cusip([
        "load",
        "--date",
        "2024-01-15",
        "--file-dir",
        path,
        "--output",
        "json",
    ]);
    run.assert_fails(4, &["CED01-15R.PIP"]);
    let document = run.document();
    assert_eq!(document["success"], false);
    assert_eq!(document["date"], "2024-01-15");
    assert_eq!(document["job_id"], serde_json::Value::Null);
    assert_eq!(document["results"], serde_json::json!([]));
    assert!(
        document["message"]
            .as_str()
            .unwrap()
            .contains("CED01-15R.PIP")
    );
}

#[test]
fn empty_file_after_a_full_one_produces_a_warning() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let empty = folder.path().join("CED01-16R.PIP");
    std::fs::write(&empty, "999999|0\n").unwrap();
    let warnings = |options: &[&str]| {
        let file = empty.to_str().unwrap();
        let (run, document) = load_document(&database, [&[file], options].concat());
        run.assert_done();
        document["results"][0]["warnings"].to_string()
    };
    // The first file that there is may well be empty.
    assert_eq!(warnings(&[]), "[]");
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let full = write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    load_document(&database, [&full]).0.assert_done();
    let warning = "it has no records, where the last file of its kind, of job 2, had 1";
    assert!(warnings(&[]).contains(warning));
    std::fs::write(&empty, "").unwrap();
    assert!(warnings(&["--allow-missing-trailer"]).contains(warning));
}

#[test]
fn file_loaded_without_trailer_produces_a_warning() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    std::fs::write(&file, "037833||APPLE INC||||||||C|A||A|CA|2024-01-15\n").unwrap();
    let file = file.to_str().unwrap();
    let run = cusip_on(&database, ["load", file, "--allow-missing-trailer"]);
    run.assert_done();
    assert!(
        run.stdout.contains("warning: issuer there is no trailer"),
        "{run:?}"
    );
}
