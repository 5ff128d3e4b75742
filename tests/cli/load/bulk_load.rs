//! Bulk loads into empty tables.

use std::fs;

use cusip_pif::FileKind;
use cusip_test_support::{
    DayFolder, JOB_BY_HAND, Session, TestDatabase, assert_consistent, assert_counts,
    assert_strategy, cusip_reading, load_document, master_rows, row_versions, table_definitions,
};

/// Enough for a bulk load.
const MANY_ISSUERS: u32 = 2_000;
const MANY: [u64; 3] = [2_000, 18_000, 18_000];

fn big_folder() -> DayFolder {
    DayFolder::write(MANY_ISSUERS, 9)
}

fn content(database: &TestDatabase) -> Vec<Vec<String>> {
    let digest = |kind: FileKind| {
        let layout = kind.layout();
        let columns: Vec<_> = layout.fields.iter().map(|field| field.name).collect();
        let query = format!(
            "select count(*), md5(string_agg(row ({})::text, ' ' order by {})) from {}",
            columns.join(", "),
            layout
                .key()
                .map(|field| field.name)
                .collect::<Vec<_>>()
                .join(", "),
            cusip_postgres::table_of(layout.kind)
        );
        database.query(&query).remove(0)
    };
    FileKind::ALL.map(digest).to_vec()
}

#[test]
fn bulk_load_into_empty_tables_restores_keys_indexes_and_grants() {
    let database = TestDatabase::migrated();
    database.execute(
        "comment on index issue_search_idx is 'For words';
         comment on constraint issue_pkey on issue is 'The key';
         create index somebody_elses_idx on issue (lower(issue_desc_1)) where issue_status <> 'A'",
    );
    let before = table_definitions(&database);
    let folder = big_folder();
    let document = folder.load(&database);
    for (kind, records) in FileKind::ALL.into_iter().zip(MANY) {
        assert_strategy(&database, kind, "fill");
        let counts = [records, records, records, 0, 0, 0, 0];
        assert_counts(&document, kind.wire_name(), counts);
    }
    assert_eq!(table_definitions(&database), before);
    assert_eq!(master_rows(&database), MANY);

    let filled = content(&database);
    let versions = row_versions(&database);
    let again = folder.load(&database);
    assert_strategy(&database, FileKind::Issue, "compare");
    assert_counts(&again, "issue", [MANY[1], 0, 0, 0, MANY[1], 0, 0]);
    assert_eq!(row_versions(&database), versions);

    let staged = TestDatabase::migrated();
    for kind in FileKind::ALL {
        let arguments = ["load", "-", "--type", kind.wire_name()].map(str::to_owned);
        let arguments = arguments.into_iter().chain(staged.arguments());
        cusip_reading(fs::read(folder.path(kind)).unwrap(), arguments).assert_done();
        assert_strategy(&staged, kind, "copy");
    }
    assert_eq!(content(&staged), filled);
}

#[test]
fn repeated_keys_and_orphans_fall_back_to_staging() {
    let database = TestDatabase::migrated();
    let before = table_definitions(&database);
    let folder = big_folder();
    folder.rewrite(FileKind::Issue, |records| {
        let repeated = records[5].clone();
        records.push(repeated);
        records[7] = b"SHORT|RECORD".to_vec();
    });
    folder.rewrite(FileKind::IssueAttribute, |records| {
        let line = String::from_utf8(records[299].clone()).unwrap();
        let rest = line.split_once('|').unwrap().1;
        records.insert(299, format!("ZZZZZZ|{rest}").into_bytes());
    });
    let arguments = folder.arguments().into_iter().chain(["--max-rejects", "9"]);
    let (run, document) = load_document(&database, arguments);
    run.assert_done();
    for kind in FileKind::ALL {
        assert_strategy(&database, kind, "copy");
    }
    // The attributes of the issue with the bad record are orphans, too.
    assert_counts(&document, "issue", [18_001, 17_999, 17_999, 0, 0, 1, 1]);
    assert_counts(
        &document,
        "issue_attr",
        [18_001, 17_999, 17_999, 0, 0, 2, 0],
    );
    assert_eq!(document["rejects"].as_array().unwrap().len(), 3);
    assert_eq!(table_definitions(&database), before);
    assert_consistent(&database);
}

/// Empties the master tables with DELETE, so that their files keep their size.
fn delete_all(database: &TestDatabase) {
    database.execute("delete from issue_attribute; delete from issue; delete from issuer");
}

#[test]
fn lost_records_are_noticed_after_a_failed_bulk_load() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(MANY_ISSUERS, 9);
    folder.load(&database);
    delete_all(&database);
    let file = folder.path(FileKind::Issuer);
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<_> = text.split_inclusive('\n').collect();
    // One record is missing and another one appears twice, so the trailer's count is one too high.
    lines[5] = lines[6];
    lines.remove(9);
    fs::write(&file, lines.concat()).unwrap();
    cusip_test_support::set_last_modified(&file, cusip_test_support::day());
    let (run, _) = load_document(&database, folder.arguments());
    run.assert_fails(1, &["has 1999 records, but field 2", "records were lost"]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
}

#[test]
fn known_day_is_loaded_again_into_emptied_tables() {
    let database = TestDatabase::migrated();
    let folder = big_folder();
    folder.load(&database);
    database.execute("truncate issuer, issue, issue_attribute");
    let arguments = (folder.arguments().into_iter()).filter(|argument| *argument != "--force");
    let (run, document) = load_document(&database, arguments);
    run.assert_done();
    assert_counts(&document, "issue", [18_000, 18_000, 18_000, 0, 0, 0, 0]);
    assert_eq!(master_rows(&database), MANY);
}

#[test]
fn file_that_cannot_be_bulk_loaded_is_staged_beside_the_others() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(20_000, 1);
    folder.load(&database);
    delete_all(&database);
    let files = [FileKind::Issuer, FileKind::IssueAttribute].map(|kind| folder.path(kind));
    let given = files.iter().map(|file| file.to_str().unwrap());
    // Without their issues, all attributes are orphans.
    let (run, document) = load_document(&database, given.chain(["--max-rejects", "20000"]));
    run.assert_done();
    assert_strategy(&database, FileKind::IssueAttribute, "copy");
    assert_counts(&document, "issue_attr", [20_000, 0, 0, 0, 0, 20_000, 0]);
    assert_eq!(master_rows(&database), [20_000, 0, 0]);
}

#[test]
fn table_held_by_vacuum_does_not_delay_a_load() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(100, 3);
    folder.load(&database);
    database.execute(&format!(
        "{JOB_BY_HAND}; update issuer set issuer_sort_key = 'changed', last_job_id = 2"
    ));
    let vacuum = Session::begin(
        &database,
        "lock table issuer in share update exclusive mode",
    );
    let document = folder.load(&database);
    assert_counts(&document, "issuer", [100, 100, 0, 100, 0, 0, 0]);
    vacuum.end();
}

#[test]
fn failed_bulk_load_leaves_the_tables_unchanged() {
    let database = TestDatabase::migrated();
    let before = table_definitions(&database);
    let folder = big_folder();
    folder.rewrite(FileKind::IssueAttribute, |records| {
        records[9] = b"SHORT|RECORD".to_vec();
    });
    let (run, _) = load_document(&database, folder.arguments());
    run.assert_fails(3, &["1 of 38000 records were rejected"]);
    assert_strategy(&database, FileKind::IssueAttribute, "fill");
    assert_eq!(table_definitions(&database), before);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_consistent(&database);
    let arguments = folder.arguments().into_iter().chain(["--max-rejects", "1"]);
    let dry_run = arguments.clone().chain(["--dry-run"]);
    load_document(&database, dry_run).0.assert_done();
    assert_eq!(table_definitions(&database), before);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    let (run, document) = load_document(&database, arguments);
    run.assert_done();
    assert_strategy(&database, FileKind::IssueAttribute, "fill");
    assert_counts(
        &document,
        "issue_attr",
        [18_000, 17_999, 17_999, 0, 0, 1, 0],
    );
    assert_eq!(table_definitions(&database), before);
    assert_consistent(&database);
}

#[test]
fn tables_in_use_or_with_dependent_objects_are_not_bulk_loaded() {
    let ways = [
        "create table mine (issuer_num varchar(6) collate \"C\" references issuer)",
        "create view mine as select issuer_num, issuer_name_1 from issuer group by issuer_num",
        "alter table issue cluster on issue_pkey",
        "alter table issue_attribute enable row level security",
    ];
    let folder = big_folder();
    for way in ways {
        let database = TestDatabase::migrated();
        database.execute(way);
        let before = table_definitions(&database);
        let document = folder.load(&database);
        assert_strategy(&database, FileKind::Issue, "copy");
        assert_counts(&document, "issue", [18_000, 18_000, 18_000, 0, 0, 0, 0]);
        assert_eq!(table_definitions(&database), before, "{way}");
    }
    let database = TestDatabase::migrated();
    let reader = Session::begin(&database, "select count(*) from issue_attribute");
    folder.load(&database);
    assert_strategy(&database, FileKind::Issuer, "copy");
    reader.end();
}

#[test]
fn bulk_load_enters_undocumented_codes() {
    let database = TestDatabase::migrated();
    let folder = big_folder();
    folder.rewrite(FileKind::Issuer, |records| {
        let line = String::from_utf8(records[3].clone()).unwrap();
        let mut fields: Vec<_> = line.split('|').collect();
        fields[10] = "Q";
        records[3] = fields.join("|").into_bytes();
    });
    let document = folder.load(&database);
    assert_strategy(&database, FileKind::Issuer, "fill");
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(warnings.contains("was added to ref_issuer_type as undocumented"));
    let found = database.query("select count(*) from ref_issuer_type where code = 'Q'");
    assert_eq!(found, [["1"]]);
}
