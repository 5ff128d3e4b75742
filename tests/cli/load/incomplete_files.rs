//! Files that are truncated before their trailer or have lost a record.

use std::fs;
use std::path::Path;

use cusip_pif::FileKind;
use cusip_test_support::{
    Run, TestDatabase, assert_consistent, cusip, cusip_on, day, load_document, master_rows,
    row_versions, set_last_modified, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

const STEP: usize = 1_000;

fn load_day(database: &TestDatabase, folder: &Path) -> (Run, serde_json::Value) {
    let folder = folder.to_str().expect("the path is UTF-8");
    load_document(database, ["--date", "2024-01-15", "--file-dir", folder])
}

#[test]
fn truncated_issuer_file_never_loads() {
    assert_never_loads_cut_off(FileKind::Issuer, "CED01-15R.PIP", [80, 1]);
}

#[test]
fn truncated_issue_file_never_loads() {
    assert_never_loads_cut_off(FileKind::Issue, "CED01-15E.PIP", [20, 6]);
}

#[test]
fn truncated_attribute_file_never_loads() {
    assert_never_loads_cut_off(FileKind::IssueAttribute, "CED01-15A.PIP", [15, 4]);
}

fn assert_never_loads_cut_off(kind: FileKind, name: &str, [issuers, issues]: [u16; 2]) {
    let database = TestDatabase::migrated();
    let folder = tempdir().expect("a folder can be made");
    write_synthetic_day(folder.path(), day(), issuers.into(), issues);
    let file = folder.path().join(name);
    let whole = fs::read(&file).expect("the file is there");
    let trailer = position(&whole, b"\n999999|") + 1;
    let cuts: Vec<_> = (STEP..trailer).step_by(STEP).collect();
    assert!(cuts.len() >= 8, "{} bytes of {name}", whole.len());
    let mut cut_lines = 0;
    for (job, cut) in (1..).zip(cuts) {
        let content = &whole[..cut];
        fs::write(&file, content).expect("the file is ours");
        set_last_modified(&file, day());
        let (run, _) = load_day(&database, folder.path());
        let last_line = content
            .rsplit(|byte| *byte == b'\n')
            .next()
            .expect("there is one, if only an empty one");
        let lines = content.iter().filter(|byte| **byte == b'\n').count();
        let records = lines + usize::from(!last_line.is_empty());
        run.assert_fails(
            1,
            &[&format!(
                "{name}\" has no trailer (a last record that starts with 999999): it was cut off \
                 after {records} records"
            )],
        );
        assert_eq!(master_rows(&database), [0, 0, 0]);
        let logged = format!("select status, error_code from load_job where id = {job}");
        assert_eq!(database.query(&logged), [["failed", "no_trailer"]]);
        let fields = last_line.split(|byte| *byte == b'|').count();
        if !last_line.is_empty() && fields < kind.layout().fields.len() {
            let rejects = database.query(&format!(
                "select line_number, rule, convert_from(raw_line, 'utf8')
                 from load_reject join load_file as file on file.id = file_id
                 where file.job_id = {job} and kind = '{kind}' and rule <> 'orphan'"
            ));
            let line = String::from_utf8_lossy(last_line).into_owned();
            assert_eq!(
                rejects,
                [[records.to_string(), "field_count".to_owned(), line]]
            );
            cut_lines += 1;
        }
        assert_consistent(&database);
    }
    assert!(cut_lines > 0, "no cut was within a line");
    fs::write(&file, &whole).expect("the file is ours");
    set_last_modified(&file, day());
    load_day(&database, folder.path()).0.assert_done();
    let all = u64::from(issuers) * u64::from(issues);
    assert_eq!(master_rows(&database), [issuers.into(), all, all]);
    assert_consistent(&database);
}

fn position(bytes: &[u8], what: &[u8]) -> usize {
    let found = bytes.windows(what.len()).position(|part| part == what);
    found.expect("it is there")
}

/// Loads a complete file, and writes the same file without one record to a folder.
fn record_lost_after_a_whole_file() -> (TestDatabase, TempDir, Vec<String>) {
    let database = TestDatabase::migrated();
    let folder = tempdir().expect("a folder can be made");
    write_synthetic_day(folder.path(), day(), 9, 3);
    load_day(&database, folder.path()).0.assert_done();
    let verified = "select count(*) from load_file where trailer_verified and trailer_field = 2";
    assert_eq!(database.query(verified), [["3"]]);
    let file = folder.path().join("CED01-15E.PIP");
    let mut lines: Vec<_> = (fs::read_to_string(&file)
        .expect("the file is there")
        .split_inclusive('\n'))
    .map(str::to_owned)
    .collect();
    lines.remove(lines.len() / 2);
    fs::write(&file, lines.concat()).expect("the file is ours");
    set_last_modified(&file, day());
    let before = row_versions(&database);
    (database, folder, before)
}

#[test]
fn lost_record_is_noticed_once_the_trailer_format_is_known() {
    let (database, folder, before) = record_lost_after_a_whole_file();
    let (run, _) = load_day(&database, folder.path());
    run.assert_fails(
        1,
        &[
            "CED01-15E.PIP\" has 26 records, but field 2 of its trailer",
            "records were lost",
        ],
    );
    assert_eq!(row_versions(&database), before);
    let job = cusip_on(&database, ["jobs", "2", "--output", "json"]).document();
    assert_eq!(job["status"], "failed", "{job}");
    assert_eq!(job["error_code"], "records_lost", "{job}");
    assert_consistent(&database);
}

#[test]
fn check_refuses_a_lost_record_as_a_load_does() {
    let (database, folder, _) = record_lost_after_a_whole_file();
    let file = folder.path().join("CED01-15E.PIP");
    let file = file.to_str().unwrap();
    let says = [
        "has 26 records, but field 2 of its trailer",
        "records were lost",
        "--allow-missing-trailer",
    ];
    let checked = cusip(["check", file]);
    checked.assert_fails(1, &says);
    let loaded = cusip_on(&database, ["load", file]);
    loaded.assert_fails(1, &says);
    assert_eq!(checked.stderr, loaded.stderr);
    cusip(["check", file, "--allow-missing-trailer"]).assert_done();
}

#[test]
fn lost_record_is_only_a_warning_if_allowed() {
    let (database, folder, before) = record_lost_after_a_whole_file();
    let file = folder.path().join("CED01-15E.PIP");
    let (run, document) = load_document(
        &database,
        [file.to_str().unwrap(), "--allow-missing-trailer"],
    );
    run.assert_done();
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(
        warnings.contains("line 27: no field of the trailer")
            && warnings.contains("is the number of records, 26"),
        "{warnings}"
    );
    assert_eq!(row_versions(&database), before);
    assert_consistent(&database);
    // An allowed file teaches nothing: the next one is compared with the complete file again.
    load_document(&database, [&file])
        .0
        .assert_fails(1, &["records were lost"]);
    assert_consistent(&database);
}

#[test]
fn trailer_without_the_counting_field_proves_nothing() {
    let (database, folder, before) = record_lost_after_a_whole_file();
    let file = folder.path().join("CED01-15E.PIP");
    let text = fs::read_to_string(&file).unwrap();
    let records = &text[..text.rfind("999999|").unwrap()];
    for trailer in ["999999\r\n", "999999|\r\n", "999999|x|26\r\n"] {
        fs::write(&file, format!("{records}{trailer}")).unwrap();
        set_last_modified(&file, day());
        let (run, _) = load_day(&database, folder.path());
        run.assert_fails(
            1,
            &[
                "has 26 records, but field 2 of its trailer",
                "records were lost",
            ],
        );
        assert_eq!(row_versions(&database), before);
        let job = "select error_code from load_job order by id desc limit 1";
        assert_eq!(database.query(job), [["records_lost"]]);
    }
    assert_consistent(&database);
}
