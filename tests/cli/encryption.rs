//! Encrypted connections to the database.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use cusip_test_support::{Authority, NetworkServer};
use tempfile::{TempDir, tempdir};

const STATUS: [&str; 2] = ["migrate", "--status"];

#[test]
fn root_certificate_in_the_home_folder_is_used_by_default() {
    let home = home_with(Authority::trusted());
    let variables = [("CUSIP_DB_SSLMODE", "verify-full")];
    let output = run(home.path(), &variables, &url(""));
    assert!(output.status.success(), "{output:?}");

    let strangers_home = home_with(Authority::unknown());
    let output = run(strangers_home.path(), &variables, &url(""));
    assert_fails(&output, 5, &["sslmode=verify-full", "'CN=Private CA'"]);

    let empty = tempdir().unwrap();
    let output = run(empty.path(), &variables, &url(""));
    let file = empty.path().join(".postgresql/root.crt");
    let says = [file.to_str().unwrap(), "does not exist", "--sslrootcert"];
    assert_fails(&output, 2, &says);
}

#[test]
fn system_store_is_trusted_if_named() {
    let home = tempdir().unwrap();
    let store = Authority::trusted().file().to_str().unwrap();
    let variables = [("SSL_CERT_FILE", store), ("CUSIP_DB_SSLROOTCERT", "system")];
    let output = run(home.path(), &variables, &url(""));
    assert!(output.status.success(), "{output:?}");

    let strangers_store = Authority::unknown().file().to_str().unwrap();
    let variables = [("SSL_CERT_FILE", strangers_store)];
    let output = run(home.path(), &variables, &url("&sslrootcert=system"));
    assert_fails(&output, 5, &["sslmode=verify-full", "the system's store"]);
}

#[test]
fn password_is_in_no_message_and_no_log() {
    let home = tempdir().unwrap();
    let log = [("CUSIP_LOG", "trace")];
    let require = run(home.path(), &log, &url("&sslmode=require"));
    assert!(require.status.success(), "{require:?}");
    let plain = NetworkServer::plain().port().to_string();
    let encrypted = NetworkServer::encrypted().port().to_string();
    let refused = url("&sslmode=require").replace(&encrypted, &plain);
    let refused = run(home.path(), &log, &refused);
    assert_fails(&refused, 5, &["the server does not support TLS"]);
    let unknown = run(home.path(), &log, &url("&sslsnooping=1"));
    assert_fails(&unknown, 2, &["unknown parameter \"sslsnooping\""]);
    for output in [require, refused, unknown] {
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains(NetworkServer::PASSWORD), "{said}");
    }
}

/// Returns the URL of the TLS server, with these parameters.
fn url(parameters: &str) -> String {
    let port = NetworkServer::encrypted().port();
    let (user, password) = (NetworkServer::USER, NetworkServer::PASSWORD);
    let name = NetworkServer::NAME;
    format!("postgresql://{user}:{password}@{name}:{port}/cusip?hostaddr=127.0.0.1{parameters}")
}

fn home_with(authority: &Authority) -> TempDir {
    let home = tempdir().unwrap();
    let folder = home.path().join(".postgresql");
    fs::create_dir(&folder).unwrap();
    fs::copy(authority.file(), folder.join("root.crt")).unwrap();
    home
}

fn run(home: &Path, variables: &[(&str, &str)], url: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cusip"));
    command
        .env_clear()
        .env("HOME", home)
        .envs(variables.iter().copied())
        .args(STATUS)
        .args(["--database-url", url]);
    command.output().unwrap()
}

#[track_caller]
fn assert_fails(output: &Output, code: i32, says: &[&str]) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    for text in says {
        assert!(said.contains(text), "{text:?} is missing in {said}");
    }
}
