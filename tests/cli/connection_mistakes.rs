//! Mistakes in the database's settings and roles, which every command names.

use cusip_test_support::{
    NetworkServer, TestDatabase, arguments_as, assert_no_secrets, cusip, cusip_in, day,
    write_synthetic_day,
};
use rstest::rstest;
use tempfile::tempdir;

#[rstest]
#[case::host_with_port("CUSIP_DB_HOST", "db.example.com:5432", "contains a port")]
#[case::host_with_blank("CUSIP_DB_HOST", "db.example.com ", "blank")]
#[case::host_with_line_break("CUSIP_DB_HOST", "db.example.com\n", "line break")]
#[case::several_hosts("CUSIP_DB_HOST", "a.example.com,b.example.com", "several hosts")]
#[case::url_as_host("CUSIP_DB_HOST", "postgresql://ada:swordfish@db/cusip", "is a URL")]
#[case::url_as_database("CUSIP_DB_NAME", "postgresql://ada:swordfish@db/cusip", "is a URL")]
#[case::user_with_line_break("CUSIP_DB_USER", "cusip_app\n", "line break")]
#[case::password_with_line_break("CUSIP_DB_PASSWORD", "swordfish\n", "line break")]
fn mistake_in_a_setting_is_named_without_showing_a_secret(
    #[case] variable: &'static str,
    #[case] value: &'static str,
    #[case] problem: &str,
) {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    let path = folder.path().to_str().unwrap();
    let load = ["load", "--date", "2024-01-15", "--file-dir", path];
    let doctor = ["doctor", "--date", "2024-01-15", "--file-dir", path];
    for command in [&["jobs"][..], &load] {
        let run = cusip_in(folder.path(), [(variable, value)], command);
        run.assert_fails(2, &[variable, problem]);
        assert_no_secrets(&run, &["swordfish"]);
    }
    let run = cusip_in(folder.path(), [(variable, value)], doctor);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stdout.contains(variable) && run.stdout.contains(problem),
        "{run:?}"
    );
    assert_no_secrets(&run, &["swordfish"]);
}

#[test]
fn line_break_in_a_url_is_named_without_showing_it() {
    let run = cusip([
        "jobs",
        "--database-url",
        "postgresql://ada:swordfish@db/cusip\n",
    ]);
    run.assert_fails(2, &["--database-url contains a blank or a line break"]);
    assert_no_secrets(&run, &["swordfish"]);
}

#[test]
fn role_that_does_not_exist_is_not_a_wrong_password() {
    let database = TestDatabase::migrated();
    let run = cusip(arguments_as(&database, "no_such_role", &["jobs"]));
    let says = ["role \"no_such_role\" does not exist", "create role"];
    run.assert_fails(5, &says);
    assert!(!run.stderr.contains("password"), "{run:?}");
}

#[test]
fn wrong_password_is_not_a_missing_role() {
    let port = NetworkServer::plain().port().to_string();
    let run = cusip([
        "jobs",
        "--host",
        "127.0.0.1",
        "--port",
        &port,
        "--user",
        NetworkServer::USER,
        "--password",
        "swordfish",
    ]);
    run.assert_fails(5, &["check user and password"]);
    assert!(!run.stderr.contains("create role"), "{run:?}");
}

#[test]
fn schema_that_the_search_path_hides_is_named_by_every_command() {
    let (database, folder) = (TestDatabase::migrated(), tempdir().unwrap());
    write_synthetic_day(folder.path(), day(), 1, 1);
    let role = format!("lost_{}", database.name());
    database.execute(&format!(
        "alter schema public rename to securities; create schema public;
         create role {role} login; grant usage on schema securities to {role};
         grant all on all tables in schema securities to {role};
         grant all on all sequences in schema securities to {role}"
    ));
    let path = folder.path().to_str().unwrap();
    let load = ["load", "--date", "2024-01-15", "--file-dir", path];
    let remedy = format!("alter role {role} set search_path = securities, public");
    let as_role = |command: &[&str]| cusip(arguments_as(&database, &role, command));
    for command in [
        &load[..],
        &["jobs"],
        &["show", "037833100"],
        &["search", "apple"],
    ] {
        let run = as_role(command);
        run.assert_fails(5, &["in the schema securities", &remedy]);
        assert!(!run.stderr.contains("cusip migrate"), "{run:?}");
    }
    let run = as_role(&["doctor"]);
    assert!(run.stdout.contains(&remedy), "{run:?}");
    database.execute(&remedy);
    as_role(&load).assert_done();
}
