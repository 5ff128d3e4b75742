//! The schema is migrated on demand only, and tells its state.

use cusip_test_support::{TestDatabase, cusip_on};

fn tables(database: &TestDatabase) -> usize {
    database
        .query("select tablename from pg_tables where schemaname = 'public'")
        .len()
}

#[test]
fn migrations_are_listed_tried_applied_and_not_repeated() {
    let database = TestDatabase::empty();
    let run = cusip_on(&database, ["migrate", "--status"]);
    run.assert_done();
    assert!(
        run.stdout.starts_with("V1 reference_tables: due\n"),
        "{run:?}"
    );
    let run = cusip_on(&database, ["migrate", "--dry-run"]);
    run.assert_done();
    assert!(
        run.stdout
            .starts_with("V1 reference_tables: would be applied\n"),
        "{run:?}"
    );
    assert_eq!(tables(&database), 0, "a dry run leaves nothing behind");
    let run = cusip_on(&database, ["migrate"]);
    run.assert_done();
    assert!(
        run.stdout.starts_with("V1 reference_tables: applied\n"),
        "{run:?}"
    );
    assert!(tables(&database) > 10);
    let run = cusip_on(&database, ["migrate"]);
    run.assert_done();
    assert!(run.stdout.starts_with("nothing to do"), "{run:?}");
    let document = cusip_on(&database, ["migrate", "--status", "--output", "json"]).document();
    assert_eq!(document["migrations"][0]["applied"], true);
}
