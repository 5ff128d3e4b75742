//! Databases that stop accepting writes, and standbys that take over.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use cusip_test_support::api::Server;
use cusip_test_support::{
    TestDatabase, TestServer, cusip, day, eventually, master_rows, open_folder, write_synthetic_day,
};
use tempfile::{TempDir, tempdir};

const REPLICATION: [(&str, &str); 3] = [
    ("wal_level", "replica"),
    ("max_wal_senders", "4"),
    ("hot_standby", "on"),
];

/// A primary, a standby that follows it, and an address that leads to one of them.
struct Pair {
    parent: TempDir,
    files: TempDir,
    primary: TestServer,
    standby: TestServer,
}

impl Pair {
    fn start() -> Self {
        let parent = open_folder();
        let files = tempdir().expect("a folder can be made");
        write_synthetic_day(files.path(), day(), 2, 1);
        let folder = |name: &str| parent.path().join(name);
        let primary = TestServer::start_with(&folder("one"), &REPLICATION);
        drop(primary.database());
        primary.stop();
        let copy = Command::new("cp")
            .arg("-a")
            .args([folder("one"), folder("other")])
            .status();
        assert!(copy.expect("cp is installed").success());
        let primary = TestServer::start_with(&folder("one"), &REPLICATION);
        let standby = start_standby(&folder("other"), &primary.existing_database());
        Self {
            parent,
            files,
            primary,
            standby,
        }
    }

    /// Returns the socket's folder that the programs are given.
    fn address(&self) -> PathBuf {
        self.parent.path().join("address")
    }

    /// Makes the address lead to this server.
    fn switch_to(&self, database: &TestDatabase) {
        let address = self.address();
        let _ = std::fs::remove_file(&address);
        symlink(&database.arguments()[1], &address).expect("the folder is ours");
    }

    /// Returns the options that lead to the address.
    fn options(&self) -> Vec<String> {
        let mut options = self.primary.existing_database().arguments();
        options[1] = self.address().display().to_string();
        let files = self.files.path().display().to_string();
        options.extend(["--file-dir".to_owned(), files]);
        options
    }

    fn promote_standby(&self) -> TestDatabase {
        let database = self.standby.existing_database();
        assert_eq!(database.query("select pg_promote()"), [["t"]]);
        database
    }
}

/// Starts a server on a copy of the primary's data that follows the primary.
fn start_standby(folder: &Path, primary: &TestDatabase) -> TestServer {
    let data = folder.join("data");
    // `cp` keeps the owner, who must own this file too.
    let mark = Command::new("cp")
        .arg("-a")
        .args([data.join("PG_VERSION"), data.join("standby.signal")])
        .status();
    assert!(mark.expect("cp is installed").success());
    let options = primary.arguments();
    let [host, port, user] = [1, 3, 7].map(|position| &options[position]);
    let connection = format!("host={host} port={port} user={user}");
    let settings = [&REPLICATION[..], &[("primary_conninfo", &connection)]].concat();
    TestServer::start_with(folder, &settings)
}

fn make_read_only(database: &TestDatabase) {
    database.execute("alter system set default_transaction_read_only = on");
    database.execute("select pg_reload_conf()");
    eventually("new sessions are read-only", || {
        database.query("show default_transaction_read_only") == [["on"]]
    });
}

#[track_caller]
fn assert_read_only(server: &Server) {
    eventually("the server is not ready", || {
        server.get("/ready").status == 503
    });
    let problem = server
        .get("/ready")
        .assert_problem(503, "database_unavailable");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains("is read-only; connect to the server that accepts writes"),
        "{detail}"
    );
    assert_eq!(server.get("/health").status, 503);
    let answer = server.load_all();
    let problem = answer.assert_problem(503, "database_unavailable");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap_or_default()
            .contains("read-only"),
        "{problem}"
    );
    assert!(answer.header("retry-after").is_some());
}

#[test]
fn load_after_a_failover_reaches_the_promoted_standby() {
    let pair = Pair::start();
    let old = pair.primary.existing_database();
    pair.switch_to(&old);
    let server = Server::start_as(&pair.options(), &[]);
    server.load_all().assert_status(200);
    assert_eq!(server.get("/ready").status, 200);
    let standby = pair.standby.existing_database();
    eventually("the standby has the load", || {
        standby.query("select status from load_job") == [["succeeded"]]
    });

    // The old writer is fenced, and keeps the server's connections.
    make_read_only(&old);
    assert_read_only(&server);

    let new = pair.promote_standby();
    pair.switch_to(&new);
    let again = r#"{"date": "2024-01-15", "force": true}"#;
    let request = server.request("POST", "/jobs/load-all").json(again);
    let report = request.send().assert_status(200);
    eventually("the server is ready", || server.get("/ready").status == 200);
    let job = report["job_id"].as_i64().unwrap();
    let status = format!("select status from load_job where id = {job}");
    assert_eq!(new.query(&status), [["succeeded"]]);
    assert!(old.query(&status).is_empty());
}

#[test]
fn connections_from_before_a_failover_do_not_fail_the_first_load() {
    let pair = Pair::start();
    let old = pair.primary.existing_database();
    pair.switch_to(&old);
    let server = Server::start_as(&pair.options(), &[]);
    server.load_all().assert_status(200);
    let standby = pair.standby.existing_database();
    eventually("the standby has the load", || {
        standby.query("select status from load_job") == [["succeeded"]]
    });
    make_read_only(&old);
    let new = pair.promote_standby();
    pair.switch_to(&new);
    let again = r#"{"date": "2024-01-15", "force": true}"#;
    let request = server.request("POST", "/jobs/load-all").json(again);
    request.send().assert_status(200);
    assert_eq!(new.query("select status from load_job").len(), 2);
    assert_eq!(old.query("select status from load_job").len(), 1);
}

#[test]
fn writer_that_was_restarted_as_a_standby_is_reported_until_the_address_changes() {
    let pair = Pair::start();
    pair.switch_to(&pair.primary.existing_database());
    let server = Server::start_as(&pair.options(), &[]);
    server.load_all().assert_status(200);
    let standby = pair.standby.existing_database();
    eventually("the standby has the load", || {
        standby.query("select status from load_job") == [["succeeded"]]
    });
    let new = pair.promote_standby();
    let options = pair.options();
    let Pair {
        parent,
        files: _files,
        primary,
        standby: _standby,
    } = pair;
    primary.stop();
    let demoted = start_standby(&parent.path().join("one"), &new);
    let address = parent.path().join("address");
    let switch_to = |database: &TestDatabase| {
        std::fs::remove_file(&address).unwrap();
        symlink(&database.arguments()[1], &address).unwrap();
    };
    switch_to(&demoted.existing_database());
    assert_read_only(&server);
    server.get("/jobs").assert_status(200);
    let with = |command: &[&str]| {
        let command = command.iter().map(ToString::to_string);
        cusip(command.chain(options.clone()))
    };
    let load = with(&["load", "--date", "2024-01-15"]);
    load.assert_fails(
        5,
        &["is read-only; connect to the server that accepts writes"],
    );
    let doctor = with(&["doctor", "--date", "2024-01-15"]);
    assert_eq!(doctor.code, 5, "{doctor:?}");
    let says = "the server is a replica, which is read-only";
    assert!(doctor.stdout.contains(says), "{doctor:?}");

    switch_to(&new);
    server.load_all().assert_status(200);
    eventually("the server is ready", || server.get("/ready").status == 200);
    assert_eq!(master_rows(&new), [2; 3]);
}
