//! A database of the earlier service goes on being loaded and read by this program.

use std::fs;
use std::path::{Path, PathBuf};

use cusip_pif::{FileKind, PifFileName};
use cusip_test_support::{
    TestDatabase, TwoDays, assert_counts, cusip_on, day, load_as_earlier_service, load_document,
    make_earlier_service, master_rows,
};
use serde_json::json;
use tempfile::tempdir;

/// The tables of the earlier service, by somebody else's hand, where it is at hand.
const TABLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/bench/baseline-schema.sql"
);

/// What readers asked before.
const QUESTIONS: [&str; 3] = [
    "select * from v_security order by cusip limit 20",
    "select issuer_type_desc, count(*) from v_issuer group by 1 order by 1",
    "select * from v_security_summary where maturity_date > '2030-01-01' order by cusip limit 20",
];

fn load_first_day(database: &TestDatabase, folder: &Path) {
    for kind in FileKind::ALL {
        let file = folder.join(PifFileName::new(day(), kind).to_string());
        load_as_earlier_service(database, kind, &file);
    }
}

#[test]
fn database_is_taken_over_once_and_the_next_day_loads() {
    let database = TestDatabase::empty();
    make_earlier_service(&database);
    let days = TwoDays::write();
    load_first_day(&database, days.first_folder());
    let answers = || QUESTIONS.map(|question| database.query(question));
    let before = answers();

    let status = cusip_on(&database, ["migrate", "--status"]);
    status.assert_done();
    assert!(
        status.stdout.contains("is of the earlier service"),
        "{status:?}"
    );
    let tried = cusip_on(&database, ["migrate", "--dry-run", "--output", "json"]);
    let rows = master_rows(&database);
    let taken_over = json!({"issuer": rows[0], "issue": rows[1], "issue_attr": rows[2]});
    assert_eq!(tried.document()["taken_over"], taken_over);
    let load = days.first_files().map(PathBuf::into_os_string);
    let not_migrated = cusip_on(&database, ["load".into()].into_iter().chain(load));
    not_migrated.assert_fails(5, &["run `cusip migrate`"]);

    let run = cusip_on(&database, ["migrate"]);
    run.assert_done();
    let told = format!(
        "taken over from the earlier service: {} issuers, {} issues and {} issue attributes of",
        rows[0], rows[1], rows[2]
    );
    assert!(run.stdout.contains(&told), "{run:?}");
    assert_eq!(master_rows(&database), rows);
    assert_eq!(answers(), before);
    let again = cusip_on(&database, ["migrate"]);
    again.assert_done();
    assert!(again.stdout.starts_with("nothing to do"), "{again:?}");

    // Only what the earlier service rounded is another now.
    let rounded: u64 = database.query("select count(*) from issue where rate <> trunc(rate, 2)")[0]
        [0]
    .parse()
    .unwrap();
    let (run, document) = load_document(&database, days.first_files());
    run.assert_done();
    let updated = document["results"][1]["rows_updated"].as_u64().unwrap();
    assert!(
        updated <= rounded,
        "{updated} rows, {rounded} of them rounded: {run:?}"
    );
    assert_counts(&document, "issuer", [rows[0], 0, 0, 0, rows[0], 0, 0]);
    cusip_on(&database, days.load_second()).assert_done();
    assert_eq!(master_rows(&database), rows);
    let jobs = cusip_on(&database, ["jobs"]);
    jobs.assert_done();
    assert!(jobs.stdout.contains("succeeded (take-over)"), "{jobs:?}");
}

#[test]
fn database_that_somebody_has_changed_is_refused_with_all_differences() {
    let database = TestDatabase::empty();
    make_earlier_service(&database);
    database.execute("alter table issue add note text; create index ours on issue (rate)");
    let run = cusip_on(&database, ["migrate"]);
    run.assert_fails(
        5,
        &[
            "cannot take over the database",
            "the column issue.note is not of the earlier service",
            "the index ours on issue is not of the earlier service",
            "nothing was changed",
        ],
    );
}

/// Where the file is not at hand, the tables are those of `make_earlier_service` alone.
#[test]
fn tables_as_the_benchmark_makes_them_are_taken_over_with_their_rows() {
    let database = TestDatabase::empty();
    if let Ok(statements) = fs::read_to_string(TABLES) {
        let version = "create table alembic_version (version_num varchar(32) not null primary key);
            insert into alembic_version values ('001')";
        database.execute(&statements);
        database.execute(version);
    } else {
        make_earlier_service(&database);
    }
    let folder = tempdir().unwrap();
    cusip_test_support::write_synthetic_day(folder.path(), day(), 50, 4);
    load_first_day(&database, folder.path());
    let digests = || {
        FileKind::ALL.map(|kind| {
            let layout = kind.layout();
            let columns: Vec<_> = layout.fields.iter().map(|field| field.name).collect();
            let digest = format!(
                "select md5(string_agg(row::text, ' ' order by row::text collate \"C\"))
                 from (select {} from {}) as row",
                columns.join(", "),
                layout.table
            );
            database.query(&digest)
        })
    };
    let before = digests();
    let run = cusip_on(&database, ["migrate"]);
    run.assert_done();
    assert_eq!(digests(), before);
    let day = day().to_string();
    let folder = folder.path().to_str().unwrap();
    cusip_on(&database, ["load", "--date", &day, "--file-dir", folder]).assert_done();
    assert_eq!(master_rows(&database), [50, 200, 200]);
}
