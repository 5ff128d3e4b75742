//! `cusip doctor`, which finds what would make a load fail and says what to do.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

mod bucket;
mod connection;
mod files;
mod privileges;
mod secret;
mod trial_load;

use std::fs;
use std::path::Path;

use cusip_test_support::{
    Run, TestDatabase, cusip, cusip_on, day, master_rows, write_synthetic_day,
};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

const LOCK: i64 = i64::from_be_bytes(*b"CUSIPLD\x01");

/// Writes the three files of the tests' day to a folder.
fn delivered() -> TempDir {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 2, 2);
    folder
}

/// Returns the options for the tests' day in this folder, followed by the others.
fn of_day<'a>(folder: &'a Path, others: &[&'a str]) -> Vec<&'a str> {
    let folder = folder.to_str().unwrap();
    let date = ["--date", "2024-01-15", "--file-dir", folder];
    [&date[..], others].concat()
}

fn doctor(options: &[&str]) -> Run {
    cusip([&["doctor", "--output", "json"], options].concat())
}

fn doctor_on(database: &TestDatabase, options: &[&str]) -> Run {
    cusip_on(
        database,
        [&["doctor", "--output", "json"], options].concat(),
    )
}

/// Asserts that the doctor and a load end with the same exit code.
#[track_caller]
fn assert_as_load(run: &Run, code: i32, load: &Run) {
    assert_eq!(run.code, code, "{run:?}");
    assert_eq!(load.code, code, "{load:?}");
    assert_eq!(run.document()["ok"], code == 0, "{run:?}");
}

/// Returns the first check of this section and name.
#[track_caller]
fn check(run: &Run, section: &str, name: &str) -> Value {
    let document = run.document();
    let checks = document["checks"].as_array().unwrap();
    let mut named = checks
        .iter()
        .filter(|check| check["section"] == section && check["check"] == name);
    let found = named.next().cloned();
    found.unwrap_or_else(|| panic!("no check {section} {name} in {run:?}"))
}

/// Asserts a check's status, and that its detail and advice contain all of these texts.
#[track_caller]
fn assert_says(run: &Run, line: (&str, &str), status: &str, says: &[&str]) {
    let check = check(run, line.0, line.1);
    assert_eq!(check["status"], status, "{check:#}");
    let text = [&check["detail"], &check["advice"]].map(|text| text.as_str().unwrap_or_default());
    let text = text.join("\n");
    for words in says {
        assert!(text.contains(words), "{words:?} is missing in {check:#}");
    }
}

/// Returns the database's options for another user.
fn arguments_of(database: &TestDatabase, user: &str) -> Vec<String> {
    let mut arguments = database.arguments();
    *arguments.last_mut().unwrap() = user.to_owned();
    arguments
}

#[test]
fn everything_is_ok_with_a_day_and_a_migrated_database() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let run = doctor_on(&database, &of_day(folder.path(), &[]));
    run.assert_done();
    let document = run.document();
    assert_eq!(document["ok"], true);
    let shown: Vec<_> = document["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| {
            assert_eq!(check["status"], "ok", "{check:#}");
            assert_eq!(check["advice"], Value::Null, "{check:#}");
            let name = |key: &str| check[key].as_str().unwrap().to_owned();
            (name("section"), name("check"))
        })
        .collect();
    let expected = [
        ("settings", "files"),
        ("settings", "database"),
        ("settings", "variables"),
        ("folder", "list"),
        ("folder", "read"),
        ("files", "issuer"),
        ("files", "issue"),
        ("files", "issue_attr"),
        ("database", "address"),
        ("database", "connect"),
        ("database", "server"),
        ("database", "encryption"),
        ("database", "encoding"),
        ("database", "writing"),
        ("database", "schema"),
        ("database", "privileges"),
        ("database", "search"),
        ("database", "connections"),
        ("database", "load lock"),
        ("database", "trial load"),
        ("database", "earlier loads"),
        ("database", "disk"),
        ("clock", "database"),
    ];
    assert_eq!(
        shown,
        expected.map(|(section, check)| (section.to_owned(), check.to_owned()))
    );
    let issuer = check(&run, "files", "issuer");
    let says = ["CED01-15R.PIP", " bytes", "2024-01-15T", "0 days"];
    assert_says(&run, ("files", "issuer"), "ok", &says);
    assert_eq!(issuer.as_object().unwrap().len(), 5, "{issuer:#}");
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_eq!(database.query("select id from load_job").len(), 0);
}

#[test]
fn text_output_is_aligned() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    fs::remove_file(folder.path().join("CED01-15E.PIP")).unwrap();
    let arguments = [&["doctor"], &of_day(folder.path(), &[])[..]].concat();
    let run = cusip_on(&database, arguments);
    assert_eq!(run.code, 4, "{run:?}");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines[0], "settings");
    assert!(lines[1].starts_with("  ok       files          the folder /"));
    let missing = lines.iter().position(|line| line.starts_with("  FAILED"));
    let missing = missing.unwrap();
    assert!(lines[missing].starts_with(
        "  FAILED   missing        missing for 2024-01-15: CED01-15E.PIP; found CED01-15R.PIP"
    ));
    assert!(lines[missing + 1].starts_with("                          -> ask for their delivery"));
    assert_eq!(
        lines.last(),
        Some(&"a load would fail: 1 failed, 0 warnings")
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn missing_schema_says_to_migrate() {
    let (database, folder) = (TestDatabase::empty(), delivered());
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 5, &load);
    assert_says(&run, ("database", "schema"), "failed", &["cusip migrate"]);
    assert_says(&run, ("database", "privileges"), "skipped", &["schema"]);
    assert_says(&run, ("database", "load lock"), "ok", &["free"]);
    let earlier = ("database", "earlier loads");
    assert_says(&run, earlier, "skipped", &["job log"]);
    cusip_on(&database, ["migrate"]).assert_done();
    doctor_on(&database, &options).assert_done();
}

#[test]
fn held_lock_names_the_running_job_and_no_dead_one() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let options = of_day(folder.path(), &[]);
    let enter = "insert into load_job (kind, program, program_version)
        values ('load-all', 'cli', '1')";
    database.execute(enter);
    let dead = doctor_on(&database, &options);
    dead.assert_done();
    let says = ["1; they loaded nothing", "interrupted"];
    assert_says(&dead, ("database", "dead jobs"), "warning", &says);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let holder = runtime.block_on(async {
        let client = database.client().await;
        let take =
            format!("set application_name = 'a test'; begin; select pg_advisory_xact_lock({LOCK})");
        client.batch_execute(&take).await.unwrap();
        client
    });
    let migration = doctor_on(&database, &options);
    assert_eq!(migration.code, 6, "{migration:?}");
    let says = [
        "a migration, a load that is ending, or another program holds it (server process ",
        " of cusip_app on ",
        ", running a test",
        ", since 20",
        "or end it with `select pg_terminate_backend(",
    ];
    assert_says(&migration, ("database", "load lock"), "failed", &says);

    database.execute(enter);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 6, &load);
    assert_says(
        &run,
        ("database", "load lock"),
        "failed",
        &["job 2", "wait"],
    );
    drop(holder);
}

#[test]
fn read_only_database_fails_like_a_load() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let name = database.name();
    database.execute(&format!(
        "alter database {name} set default_transaction_read_only = on"
    ));
    let options = of_day(folder.path(), &[]);
    let run = doctor_on(&database, &options);
    let load = cusip_on(&database, [&["load"], &options[..]].concat());
    assert_as_load(&run, 5, &load);
    let says = ["default_transaction_read_only", "primary"];
    assert_says(&run, ("database", "writing"), "failed", &says);
}

#[test]
fn limits_of_the_role_produce_warnings() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let name = database.name();
    database.execute(&format!(
        "alter database {name} set statement_timeout = '90s';
         alter database {name} set temp_file_limit = '1GB'"
    ));
    let run = doctor_on(&database, &of_day(folder.path(), &[]));
    run.assert_done();
    let document = run.document();
    let limits: Vec<_> = document["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["check"] == "limits")
        .map(|check| (check["status"].clone(), check["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(limits.len(), 2, "{run:?}");
    assert_eq!(limits[0].0, "warning");
    assert!(limits[0].1.starts_with("statement_timeout is 90s"));
    assert!(limits[1].1.starts_with("temp_file_limit is 1GB"));
}
