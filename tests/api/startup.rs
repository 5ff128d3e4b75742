//! What keeps the server from starting. It reports everything at once, and what to do.
//!
//! The other modules test what it does when it runs.

use std::net::TcpListener;
use std::process::{Command, Output};

/// Runs the server with only these `CUSIP_*` variables.
fn start(variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cusip-api"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CUSIP_")) {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output();
    output.expect("the program runs")
}

#[track_caller]
fn assert_refused(variables: &[(&str, &str)], code: i32, says: &[&str]) {
    let output = start(variables);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let message = String::from_utf8_lossy(&output.stderr);
    for text in says {
        assert!(message.contains(text), "{text:?} in {message}");
    }
}

#[test]
fn server_does_not_start_without_a_token() {
    for token in [
        &[][..],
        &[("CUSIP_API_TOKEN", "")],
        &[("CUSIP_API_TOKEN", "  ")],
    ] {
        assert_refused(token, 2, &["set CUSIP_API_TOKEN to a long random string"]);
    }
}

#[test]
fn server_that_other_machines_can_reach_does_not_start_with_a_weak_token() {
    for token in ["x", "changeme", "changeme-changeme"] {
        let variables = [("CUSIP_API_TOKEN", token), ("CUSIP_API_BIND", "0.0.0.0:0")];
        let says = [
            "CUSIP_API_TOKEN is easy to guess",
            "at least 16",
            "0.0.0.0:0",
        ];
        assert_refused(&variables, 2, &says);
        let output = start(&variables);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(token == "x" || !message.contains(token), "{message}");
    }
}

#[test]
fn all_invalid_variables_are_reported_together() {
    let variables = [
        ("CUSIP_API_TOKEN", "correct-horse-battery-staple"),
        ("CUSIP_API_BIND", "everywhere"),
        ("CUSIP_API_WAIT_SECONDS", "long"),
        ("CUSIP_TIMEZONE", "Mars/Olympus"),
        ("CUSIP_LOG", "a=b=c"),
    ];
    assert_refused(
        &variables,
        2,
        &[
            "CUSIP_API_BIND",
            "CUSIP_API_WAIT_SECONDS",
            "CUSIP_TIMEZONE",
            "CUSIP_LOG is \"a=b=c\"",
        ],
    );
}

#[test]
fn incomplete_or_invalid_settings_are_refused() {
    let token = ("CUSIP_API_TOKEN", "correct-horse-battery-staple");
    let bucket = [token, ("CUSIP_FILE_SOURCE", "s3")];
    assert_refused(&bucket, 2, &["CUSIP_S3_BUCKET"]);
    let filter = [token, ("CUSIP_LOG", "a=b=c")];
    assert_refused(&filter, 2, &["CUSIP_LOG", "a=b=c"]);
}

#[test]
fn address_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let variables = [
        ("CUSIP_API_TOKEN", "correct-horse-battery-staple"),
        ("CUSIP_API_BIND", &*address),
    ];
    assert_refused(&variables, 1, &[&*address, "CUSIP_API_BIND"]);
}
