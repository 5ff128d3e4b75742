//! `cusip migrate`.

use cusip_test_support::{TestDatabase, cusip, cusip_on};

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
