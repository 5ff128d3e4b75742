//! Error messages and exit codes.

use std::fs;

use cusip_pif::{Date, FileKind};
use cusip_test_support::{
    OldServer, TestDatabase, cusip, cusip_on, day, master_rows, set_last_modified, write_file,
    write_synthetic_day,
};
use tempfile::tempdir;

#[test]
fn missing_file_is_named_with_its_folder() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    let file = file.to_str().unwrap();
    cusip(["load", file]).assert_fails(4, &[file, "does not exist"]);
    cusip(["check", file]).assert_fails(4, &[file, "does not exist"]);
    cusip(["show", "--file", file]).assert_fails(4, &[file, "does not exist"]);
}

#[test]
fn list_of_identifiers_that_has_no_line_ends_is_not_read_to_its_end() {
    cusip(["show", "--file", "/dev/zero"]).assert_fails(2, &["/dev/zero", "more than 1 MiB"]);
}

#[test]
fn violated_constraint_is_named_without_the_row() {
    let database = TestDatabase::migrated();
    database.execute("alter table issuer add constraint no_acme check (issuer_name_1 <> 'ACME')");
    let folder = tempdir().unwrap();
    let issuer = "037833||ACME||INC|||||SORT KEY|C|A||A|CA|2024-01-15";
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    let run = cusip_on(&database, ["load", file.to_str().unwrap()]);
    run.assert_fails(1, &["constraint \"no_acme\"", "change or drop"]);
    assert!(!run.stderr.contains("SORT KEY"), "{run:?}");
    let logged = database.query("select error from load_job");
    assert!(!logged[0][0].contains("SORT KEY"), "{logged:?}");
}

#[test]
fn file_name_without_a_kind_asks_for_the_type() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("issuers.txt");
    fs::write(&file, "999999|0\n").unwrap();
    let file = file.to_str().unwrap();
    cusip(["load", file]).assert_fails(
        2,
        &[
            "\"issuers.txt\"",
            "--type (issuer, issue or issue_attr)",
            "CEDmm-ddR.PIP",
        ],
    );
    cusip(["load", "-"]).assert_fails(
        2,
        &["standard input", "--type (issuer, issue or issue_attr)"],
    );
    cusip(["check", file, "--type", "issuer"]).assert_done();
    cusip(["check", file, "--type", "issuers"])
        .assert_fails(2, &["[possible values: issuer, issue, issue_attr]"]);
}

#[test]
fn folder_in_place_of_a_file_is_reported() {
    let folder = tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    cusip(["load", path, "--type", "issuer"]).assert_fails(2, &[path, "is a folder, not a file"]);
}

#[test]
fn missing_day_lists_the_expected_and_the_existing_files() {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), Date::new(2024, 1, 12).unwrap(), 1, 1);
    let path = folder.path().to_str().unwrap();
    let looked_for = [
        "CED01-15R.PIP, CED01-15E.PIP, CED01-15A.PIP not found",
        path,
    ];
    let there = "found CED01-12R.PIP, CED01-12E.PIP, CED01-12A.PIP";
    let run = cusip(["load", "--date", "2024-01-15", "--file-dir", path]);
    run.assert_fails(4, &[looked_for[0], looked_for[1], there]);
    let run = cusip(["files", "--date", "2024-01-15", "--file-dir", path]);
    run.assert_fails(4, &[looked_for[0], there]);
    let missing = folder.path().join("nowhere");
    let missing = missing.to_str().unwrap();
    cusip(["load", "--date", "2024-01-15", "--file-dir", missing])
        .assert_fails(4, &[missing, "does not exist"]);
}

#[test]
fn unreachable_database_is_named() {
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[] as &[&str]);
    let no_server = [
        "--host",
        "127.0.0.1",
        "--port",
        "1",
        "--password",
        "swordfish",
    ];
    let run = cusip(["load", file.to_str().unwrap()].iter().chain(&no_server));
    run.assert_fails(5, &["cusip on 127.0.0.1:1 as cusip_app", "refused"]);
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
    cusip(["show", "037833100"].iter().chain(&no_server)).assert_fails(5, &["127.0.0.1:1"]);
}

#[test]
fn database_without_schema_says_how_to_migrate() {
    let database = TestDatabase::empty();
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[] as &[&str]);
    let file = file.to_str().unwrap();
    cusip_on(&database, ["load", file]).assert_fails(5, &["`cusip migrate`", database.name()]);
    cusip_on(&database, ["search", "apple"]).assert_fails(5, &["`cusip migrate`"]);
    cusip_on(&database, ["migrate"]).assert_done();
    cusip_on(&database, ["load", file]).assert_done();
}

#[test]
fn server_older_than_postgresql_15_is_refused() {
    let server = OldServer::start("140012");
    let folder = tempdir().unwrap();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[] as &[&str]);
    let port = server.port().to_string();
    let address = ["--host", "127.0.0.1", "--port", &port];
    for command in [["load", file.to_str().unwrap()], ["migrate", "--status"]] {
        let run = cusip(command.iter().chain(&address));
        run.assert_fails(5, &["PostgreSQL 14.12", "PostgreSQL 15 or newer is needed"]);
    }
}

#[test]
fn two_files_of_one_kind_are_refused() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let next_day = Date::new(2024, 1, 16).unwrap();
    let files =
        [day(), next_day].map(|day| write_file(folder.path(), day, FileKind::Issuer, &[issuer]));
    let files = files.each_ref().map(|file| file.to_str().unwrap());
    let run = cusip_on(&database, ["load", files[0], files[1]]);
    run.assert_fails(2, &[files[0], files[1], "one after the other"]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
}

#[test]
fn compressed_file_is_reported_as_compressed() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), cusip_test_support::day(), 1, 1);
    let file = folder.path().join("CED01-15E.PIP");
    fs::write(&file, b"\x1f\x8b\x08\x00\x00\x00\x00\x00").unwrap();
    set_last_modified(&file, cusip_test_support::day());
    let day = ["--date", "2024-01-15", "--file-dir"];
    let day = [&day[..], &[folder.path().to_str().unwrap()]].concat();
    let says = ["is gzip-compressed; unpack it"];
    cusip_on(&database, [&["load"], &day[..]].concat()).assert_fails(1, &says);
    cusip(["check", file.to_str().unwrap()]).assert_fails(1, &says);
    let doctor = cusip_on(&database, [&["doctor"], &day[..]].concat());
    assert_eq!(doctor.code, 1, "{doctor:?}");
    assert!(doctor.stdout.contains("is gzip-compressed"), "{doctor:?}");
}

#[test]
fn files_that_are_not_plain_text_are_named() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    let text = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15\r\n999999|1\r\n";
    let utf16 = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let files: [(Vec<u8>, &str); 4] = [
        (
            b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(),
            "is a ZIP archive; unpack it",
        ),
        (utf16, "is text in UTF-16; convert it to UTF-8"),
        (
            text.replace('\n', "").into_bytes(),
            "has lines that end in CR alone",
        ),
        (
            b"<!DOCTYPE html>\n<html>".to_vec(),
            "is an HTML or XML document",
        ),
    ];
    for (job, (content, says)) in (1..).zip(files) {
        fs::write(&file, content).unwrap();
        cusip(["check", file.to_str().unwrap()]).assert_fails(1, &[says]);
        cusip_on(&database, ["load", file.to_str().unwrap()]).assert_fails(1, &[says]);
        let logged = format!("select error_code from load_job where id = {job}");
        assert_eq!(database.query(&logged), [["foreign_format"]]);
    }
    assert_eq!(master_rows(&database), [0, 0, 0]);
}

#[test]
fn two_files_of_one_kind_are_refused_before_a_job_starts() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), cusip_test_support::day(), 1, 1);
    let file = folder.path().join("CED01-15R.PIP");
    let file = file.to_str().unwrap();
    let run = cusip_on(&database, ["load", file, file]);
    run.assert_fails(2, &["are both issuer files"]);
    assert_eq!(run.stdout, "");
    let jobs = cusip_on(&database, ["jobs", "--output", "json"]);
    assert_eq!(jobs.document()["jobs"], serde_json::json!([]));
    cusip_on(&database, ["jobs", "--limit", "0"]).assert_fails(2, &["--limit"]);
}
