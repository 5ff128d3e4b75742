//! Problems with the connection to the database.

use std::fs;
use std::net::TcpListener;

use super::{arguments_of, assert_as_load, assert_says, delivered, doctor, of_day};

use cusip_test_support::{
    Authority, NetworkServer, OldServer, TestDatabase, cusip, cusip_in, open_folder,
};

#[test]
fn files_are_checked_even_without_a_server() {
    let folder = delivered();
    let options = of_day(folder.path(), &["--host", "127.0.0.1", "--port", "1"]);
    let run = doctor(&options);
    assert_as_load(&run, 5, &cusip([&["load"], &options[..]].concat()));
    assert_says(&run, ("files", "issue_attr"), "ok", &[]);
    let says = ["cusip on 127.0.0.1:1", "refused"];
    assert_says(&run, ("database", "connect"), "failed", &says);
    for name in ["server", "schema", "privileges", "load lock", "disk"] {
        assert_says(&run, ("database", name), "skipped", &["no connection"]);
    }
}

#[test]
fn unknown_host_is_distinguished_from_a_server_that_is_down() {
    let folder = delivered();
    let options = of_day(folder.path(), &["--host", "db.cusip.invalid"]);
    let run = doctor(&options);
    assert_eq!(run.code, 5, "{run:?}");
    let says = ["db.cusip.invalid:5432 cannot be resolved", "DNS"];
    assert_says(&run, ("database", "address"), "failed", &says);
    assert_says(&run, ("database", "connect"), "skipped", &[]);
}

#[test]
fn silent_server_times_out() {
    let folder = delivered();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgresql://ada@127.0.0.1:{port}/cusip?connect_timeout=1");
    let run = doctor(&of_day(folder.path(), &["--database-url", &url]));
    assert_eq!(run.code, 5, "{run:?}");
    let says = ["no answer within 1 s", "firewalls"];
    assert_says(&run, ("database", "connect"), "failed", &says);
}

#[test]
fn old_server_is_told_to_upgrade() {
    let folder = delivered();
    let port = OldServer::start("140012").port().to_string();
    let options = of_day(folder.path(), &["--host", "127.0.0.1", "--port", &port]);
    let run = doctor(&options);
    assert_as_load(&run, 5, &cusip([&["load"], &options[..]].concat()));
    let says = ["PostgreSQL 14.12", "upgrade"];
    assert_says(&run, ("database", "connect"), "failed", &says);
}

#[test]
fn encrypted_connection_shows_how_it_was_verified() {
    let folder = delivered();
    let port = NetworkServer::encrypted().port();
    let (user, password) = (NetworkServer::USER, NetworkServer::PASSWORD);
    let roots = Authority::trusted().file().to_str().unwrap();
    let url = format!(
        "postgresql://{user}:{password}@{}:{port}/cusip?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={roots}",
        NetworkServer::NAME
    );
    let run = doctor(&of_day(folder.path(), &["--database-url", &url]));
    let says = ["TLSv1.3 (sslmode=verify-full)", "host name verified"];
    assert_says(&run, ("database", "encryption"), "ok", &says);
    assert!(!run.stdout.contains(password), "{run:?}");
}

#[test]
fn missing_certificate_file_is_an_invalid_setting() {
    let folder = delivered();
    let options = of_day(
        folder.path(),
        &["--sslmode", "verify-full", "--sslrootcert", "/nowhere.crt"],
    );
    let run = doctor(&options);
    assert_as_load(&run, 2, &cusip([&["load"], &options[..]].concat()));
    let says = ["/nowhere.crt", "--sslrootcert"];
    assert_says(&run, ("settings", "database"), "failed", &says);
    assert_says(&run, ("files", "issuer"), "ok", &[]);
    assert_says(&run, ("database", "connect"), "skipped", &[]);
}

#[test]
fn wrong_password_is_reported_without_showing_secrets() {
    let folder = delivered();
    let port = NetworkServer::plain().port().to_string();
    let options = [
        "--host",
        "127.0.0.1",
        "--port",
        &port,
        "--user",
        NetworkServer::USER,
    ];
    let options = of_day(folder.path(), &options);
    let wrong = [
        ("CUSIP_DB_PASSWORD", "swordfish"),
        ("CUSIP_DB_PASWORD", "swordfish"),
        ("CUSIP_LOG", "trace"),
    ];
    let with = |command: &[&'static str]| {
        let given = [command, &options[..]].concat();
        cusip_in(folder.path(), wrong, given)
    };
    let run = with(&["doctor", "--output", "json"]);
    assert_as_load(&run, 5, &with(&["load"]));
    let says = ["password authentication failed", "check user and password"];
    assert_says(&run, ("database", "connect"), "failed", &says);
    let says = ["CUSIP_DB_PASWORD", "CUSIP_DB_PASSWORD"];
    assert_says(&run, ("settings", "unknown"), "warning", &says);
    assert_says(
        &run,
        ("settings", "variables"),
        "ok",
        &["CUSIP_DB_PASSWORD"],
    );
    let text = with(&["doctor"]);
    for output in [run.stdout, run.stderr, text.stdout, text.stderr] {
        assert!(!output.contains("swordfish"), "{output}");
    }
}

#[test]
fn missing_database_is_distinguished_from_a_wrong_password() {
    let (database, folder) = (TestDatabase::empty(), delivered());
    let mut arguments = database.arguments();
    let name = arguments.iter().position(|argument| argument == "--dbname");
    arguments[name.unwrap() + 1] = "nowhere".to_owned();
    let options = of_day(folder.path(), &[]);
    let given = ["doctor", "--output", "json"].iter().chain(&options);
    let given = given.map(ToString::to_string);
    let run = cusip(given.chain(arguments));
    assert_eq!(run.code, 5, "{run:?}");
    let says = ["\"nowhere\" does not exist", "create database"];
    assert_says(&run, ("database", "connect"), "failed", &says);
}

#[test]
fn too_few_connections_are_reported() {
    let (database, folder) = (TestDatabase::migrated(), delivered());
    let role = format!("lonely_{}", database.name());
    database.execute(&format!(
        "create role {role} login connection limit 1;
         grant all on all tables in schema public to {role}"
    ));
    let options = of_day(folder.path(), &[]);
    let with = |command: &[&'static str]| {
        let given = command.iter().chain(&options).map(ToString::to_string);
        cusip(given.chain(arguments_of(&database, &role)))
    };
    let run = with(&["doctor", "--output", "json"]);
    assert_as_load(&run, 5, &with(&["load"]));
    let says = ["too many connections", "connection limit"];
    assert_says(&run, ("database", "connections"), "failed", &says);

    database.execute(&format!("alter role {role} connection limit 2"));
    let run = with(&["doctor", "--output", "json"]);
    assert_as_load(&run, 0, &with(&["load"]));
    let says = ["fewer than 3 at once", "connection limit"];
    assert_says(&run, ("database", "connections"), "warning", &says);
    // A repeated load would use one more, to compare the files with the stored rows.
    with(&["load", "--force"]).assert_done();
}

#[test]
fn embedded_server_is_started_migrated_and_stopped() {
    let (parent, folder) = (open_folder(), delivered());
    let data = parent.path().join("private");
    let embedded = format!("--embedded={}", data.display());
    let options = of_day(folder.path(), &[&embedded]);
    let run = doctor(&options);
    run.assert_done();
    let says = ["migrated", "psql \"host="];
    assert_says(&run, ("database", "start"), "ok", &says);
    assert_says(&run, ("database", "schema"), "ok", &["up to date"]);
    assert!(!data.join("data/postmaster.pid").exists());

    fs::write(parent.path().join("thesis.txt"), "years of work").unwrap();
    let embedded = format!("--embedded={}", parent.path().display());
    let options = of_day(folder.path(), &[&embedded]);
    let run = doctor(&options);
    assert_as_load(&run, 5, &cusip([&["load"], &options[..]].concat()));
    let says = ["thesis", "choose a folder"];
    assert_says(&run, ("database", "start"), "failed", &says[1..]);
}
