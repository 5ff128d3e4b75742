//! The load strategies, which all have the same result.

use std::fs;
use std::path::Path;

use cusip_pif::FileKind;
use cusip_test_support::{
    DayFolder, JOB_BY_HAND, TestDatabase, arguments_as, assert_consistent, assert_counts,
    assert_strategy, cusip, cusip_reading, day, load_document, master_rows, row_versions,
    set_last_modified,
};

const ISSUERS: u32 = 100;
const ISSUES: u64 = 300;

#[test]
fn sorted_files_are_compared_with_the_existing_rows() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.load(&database);
    for kind in FileKind::ALL {
        assert_strategy(&database, kind, "copy");
    }
    let before = row_versions(&database);
    let document = folder.load(&database);
    assert_counts(&document, "issuer", [100, 0, 0, 0, 100, 0, 0]);
    assert_counts(&document, "issue", [300, 0, 0, 0, 300, 0, 0]);
    assert_counts(&document, "issue_attr", [300, 0, 0, 0, 300, 0, 0]);
    for kind in FileKind::ALL {
        assert_strategy(&database, kind, "compare");
    }
    assert_eq!(row_versions(&database), before);
}

#[test]
fn new_records_are_inserted_and_missing_ones_stay() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    let mut all = Vec::new();
    folder.rewrite(FileKind::Issuer, |records| {
        all.clone_from(records);
        records.retain(|record| record[5] % 3 != 0);
    });
    let (run, _) = load_document(&database, [folder.path(FileKind::Issuer)]);
    run.assert_done();
    let [first, _, _] = master_rows(&database);
    folder.rewrite(FileKind::Issuer, |records| {
        records.clone_from(&all);
        records.retain(|record| record[5] % 3 != 1);
    });
    let kept = all.iter().filter(|record| record[5] % 3 == 2).count() as u64;
    let new = all.iter().filter(|record| record[5] % 3 == 0).count() as u64;
    assert!(kept > 0 && new > 0, "{kept} and {new}");
    let (run, document) = load_document(&database, [folder.path(FileKind::Issuer)]);
    run.assert_done();
    assert_strategy(&database, FileKind::Issuer, "compare");
    assert_counts(&document, "issuer", [kept + new, new, new, 0, kept, 0, 0]);
    assert_eq!(master_rows(&database)[0], first + new);
    assert_consistent(&database);
}

#[test]
fn a_day_with_unsorted_files_is_staged_and_changes_nothing() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.load(&database);
    let before = row_versions(&database);
    folder.rewrite(FileKind::Issue, |records| records.swap(150, 299));
    folder.rewrite(FileKind::IssueAttribute, |records| records.reverse());
    let document = folder.load(&database);
    assert_strategy(&database, FileKind::Issuer, "copy");
    for kind in [FileKind::Issue, FileKind::IssueAttribute] {
        assert_strategy(&database, kind, "copy");
        let counts = [ISSUES, 0, 0, 0, ISSUES, 0, 0];
        assert_counts(&document, kind.wire_name(), counts);
    }
    assert_eq!(row_versions(&database), before);
}

#[test]
fn repeated_key_supersedes_an_unchanged_record() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.load(&database);
    folder.rewrite(FileKind::Issuer, |records| {
        let line = String::from_utf8(records[10].clone()).unwrap();
        let mut fields: Vec<_> = line.split('|').collect();
        fields[2] = "SUPERSEDING";
        records.push(fields.join("|").into_bytes());
    });
    let document = folder.load(&database);
    assert_strategy(&database, FileKind::Issuer, "copy");
    assert_counts(&document, "issuer", [101, 1, 0, 1, 99, 0, 1]);
    let found = database.query("select count(*) from issuer where issuer_name_1 = 'SUPERSEDING'");
    assert_eq!(found, [["1"]]);
}

#[test]
fn rows_changed_by_others_are_restored_however_small_the_change() {
    let changes = [
        "issue_desc_1 = issue_desc_1 || ' '",
        "issue_adl_4 = ''",
        "issue_adl_4 = '\\N'",
        "issue_adl_4 = E'\\t'",
        "issue_status = null",
        "rate = coalesce(rate, 1) + 0.000001",
        "rate = 4.5000",
        "maturity_date = maturity_date + 1",
        "maturity_date = 'infinity'",
        "issue_update_date = date '0001-01-01 BC'",
        "partial_maturity = 7",
        "issue_check = null",
    ];
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.rewrite(FileKind::Issue, |records| {
        // Each change alters one of these values.
        for record in records {
            let line = String::from_utf8(record.clone()).unwrap();
            let mut fields: Vec<_> = line.split('|').collect();
            fields[3] = "NOTES";
            fields[8] = "";
            fields[9] = "A";
            fields[11] = "2030-01-01";
            fields[12] = "";
            fields[13] = "4.50";
            fields[16] = "2023-01-01";
            *record = fields.join("|").into_bytes();
        }
    });
    folder.load(&database);
    let content = || {
        database.query(
            "select (to_jsonb(issue) - 'last_job_id')::text, scale(rate) from issue
             order by issuer_num, issue_num",
        )
    };
    let before = content();
    for change in changes {
        database.execute(&format!(
            "{JOB_BY_HAND}; update issue set {change}, last_job_id = (select max(id) from load_job)
                 where ctid in (select ctid from issue order by issuer_num, issue_num limit 5)"
        ));
        assert_ne!(content(), before, "{change}");
        let document = folder.load(&database);
        assert_strategy(&database, FileKind::Issue, "compare");
        let counts = [ISSUES, 5, 0, 5, ISSUES - 5, 0, 0];
        assert_counts(&document, "issue", counts);
        assert_eq!(content(), before, "{change}");
    }
}

#[test]
fn few_records_for_a_big_table_are_staged() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.load(&database);
    for kind in FileKind::ALL {
        folder.rewrite(kind, |records| records.truncate(20));
    }
    let document = folder.load(&database);
    assert_strategy(&database, FileKind::Issue, "copy");
    assert_counts(&document, "issue", [20, 0, 0, 0, 20, 0, 0]);
}

#[test]
fn pipe_that_can_be_read_only_once_is_staged() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.load(&database);
    let content = fs::read(folder.path(FileKind::Issue)).unwrap();
    let arguments = ["load", "-", "--type", "issue"].map(str::to_owned);
    let arguments = arguments.into_iter().chain(database.arguments());
    cusip_reading(content, arguments).assert_done();
    assert_strategy(&database, FileKind::Issue, "copy");
    assert_consistent(&database);
}

#[test]
fn bad_records_are_rejected_once_with_every_strategy() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.load(&database);
    let spoil = |records: &mut Vec<Vec<u8>>| {
        records[40] = b"SHORT|RECORD".to_vec();
        records[250].extend_from_slice(b"|");
    };
    let loaded = |folder: &DayFolder| {
        let arguments = folder.arguments().into_iter().chain(["--max-rejects", "2"]);
        let (run, document) = load_document(&database, arguments);
        run.assert_done();
        assert_consistent(&database);
        assert_counts(&document, "issue", [300, 0, 0, 0, 298, 2, 0]);
        let rejects = document["rejects"].as_array().unwrap().len();
        assert_eq!(rejects, 2);
    };
    folder.rewrite(FileKind::Issue, spoil);
    loaded(&folder);
    assert_strategy(&database, FileKind::Issue, "compare");
    folder.rewrite(FileKind::Issue, |records| records.swap(298, 299));
    loaded(&folder);
    assert_strategy(&database, FileKind::Issue, "copy");
}

#[test]
fn undocumented_code_is_entered_again_even_if_no_record_changed() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.rewrite(FileKind::Issuer, |records| {
        for record in records.iter_mut().skip(50) {
            let line = String::from_utf8(record.clone()).unwrap();
            let mut fields: Vec<_> = line.split('|').collect();
            fields[10] = "Q";
            *record = fields.join("|").into_bytes();
        }
    });
    let entered = "the code \"Q\" was added to ref_issuer_type as undocumented";
    let first = folder.load(&database);
    assert!(first["results"][0]["warnings"].to_string().contains("Q"));
    database.execute("delete from ref_issuer_type where code = 'Q'");
    let again = folder.load(&database);
    assert_strategy(&database, FileKind::Issuer, "compare");
    assert_counts(&again, "issuer", [100, 0, 0, 0, 100, 0, 0]);
    let warnings = |document: &serde_json::Value| document["results"][0]["warnings"].clone();
    assert!(
        warnings(&again)
            .as_array()
            .unwrap()
            .iter()
            .any(|text| text == entered)
    );
    assert_eq!(warnings(&again), warnings(&first));
}

#[test]
fn orphans_among_new_records_are_rejected_beside_unchanged_ones() {
    let database = TestDatabase::migrated();
    let folder = DayFolder::write(ISSUERS, 3);
    folder.load(&database);
    let folder_path: &Path = folder.folder();
    folder.rewrite(FileKind::IssueAttribute, |records| {
        let line = String::from_utf8(records[299].clone()).unwrap();
        let rest = line.split_once('|').unwrap().1;
        records.push(format!("ZZZZZZ|{rest}").into_bytes());
    });
    set_last_modified(&folder.path(FileKind::IssueAttribute), day());
    let arguments = ["--date", "2024-01-15", "--force", "--max-rejects", "1"];
    let folder_path = ["--file-dir", folder_path.to_str().unwrap()];
    let (run, document) = load_document(&database, arguments.into_iter().chain(folder_path));
    run.assert_done();
    assert_strategy(&database, FileKind::IssueAttribute, "compare");
    assert_counts(&document, "issue_attr", [301, 0, 0, 0, 300, 1, 0]);
    assert_eq!(document["rejects"][0]["rule"], "orphan");
    assert_consistent(&database);
}

#[test]
fn write_ahead_log_is_compressed_with_lz4_if_the_role_may() {
    let database = TestDatabase::migrated();
    let loader = format!("compressing_{}", database.name());
    database.execute(&format!(
        "create role {loader} login;
         grant select, insert, update on all tables in schema public to {loader};
         create table seen (number integer generated always as identity, setting text);
         grant insert on seen to {loader};
         create function see() returns trigger language plpgsql as $$ begin
             insert into seen (setting) values (current_setting('wal_compression'));
             return null;
         end $$;
         create trigger see after insert on issuer execute function see()"
    ));
    let folder = DayFolder::write(20, 1);
    let server_can = database
        .query("select 'lz4' = any (enumvals) from pg_settings where name = 'wal_compression'");
    let best = if server_can == [["t"]] { "lz4" } else { "pglz" };
    let owner = "cusip_app";
    for (setting, role, expected) in [
        ("pglz", owner, best),
        ("off", owner, "off"),
        ("pglz", &loader, "pglz"),
    ] {
        database.execute(&format!(
            "alter database {} set wal_compression = {setting};
             truncate issuer, issue, issue_attribute; truncate seen",
            database.name()
        ));
        let load = [&["load"], &folder.arguments()[..]].concat();
        cusip(arguments_as(&database, role, &load)).assert_done();
        let seen = database.query("select distinct setting from seen");
        assert_eq!(seen, [[expected]], "{setting} as {role}");
    }
}
