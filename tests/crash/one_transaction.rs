//! A load commits all its files or none.

use cusip_test_support::{
    TestDatabase, assert_consistent, day, load_document, master_rows, write_synthetic_day,
};
use tempfile::tempdir;

#[test]
fn failure_of_the_last_merge_undoes_the_first_two() {
    let database = TestDatabase::migrated();
    database.execute(
        "create function refuse() returns trigger language plpgsql as $$
             begin raise exception 'the disk of the third table is full'; end $$;
         create trigger refuse before insert on issue_attribute execute function refuse()",
    );
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 10, 3);
    let arguments = [
        "--date",
        "2024-01-15",
        "--file-dir",
        folder.path().to_str().unwrap(),
    ];
    let (run, document) = load_document(&database, arguments);
    run.assert_fails(
        1,
        &[
            "cannot merge the staged records into issue_attribute",
            "the disk of the third table is full",
        ],
    );
    assert_eq!(document["success"], false);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    let logged = database.query("select status, error_code from load_job");
    assert_eq!(logged, [["failed", "database"]]);
    let inserted = database.query("select sum(rows_inserted), count(*) from load_file");
    assert_eq!(inserted, [["0", "3"]]);
    assert_consistent(&database);

    database.execute("drop trigger refuse on issue_attribute");
    load_document(&database, arguments).0.assert_done();
    assert_eq!(master_rows(&database), [10, 30, 30]);
    assert_consistent(&database);
}
