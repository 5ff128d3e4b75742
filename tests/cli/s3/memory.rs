//! Memory and connections with large objects and slow databases.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use cusip_test_support::bucket::{CREDENTIALS, bucket_options, environment};
use cusip_test_support::{
    DatabaseGate, Fault, Proxy, Running, S3Server, TestDatabase, assert_consistent, eventually,
    master_rows,
};
use tempfile::tempdir;

const KEY: &str = "pif/CED01-15R.PIP";
/// How much one request asks S3 for, and how many such parts are in memory at most.
const PART: u64 = 4 * 1024 * 1024;
const PARTS: u64 = 3;

/// Writes a file of issuers with about 450 bytes each, and returns its size.
fn write_issuers(path: &Path, count: u32) -> u64 {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = BufWriter::new(File::create(path).unwrap());
    // Seven names and notes of maximum length, in letters that take two bytes.
    let texts = ["é".repeat(30).as_str(); 7].join("|");
    for number in 0..count {
        write!(file, "{number:06}||{texts}||C|A||A|CA|2024-01-15\r\n").unwrap();
    }
    write!(file, "999999|{count:010}|2024-01-15\r\n").unwrap();
    file.flush().unwrap();
    fs::metadata(path).unwrap().len()
}

/// Starts to load the object from this endpoint into the database.
fn start(endpoint: &str, home: &Path, database: &[String]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cusip"));
    environment(&mut command, home, &CREDENTIALS);
    command
        .args(["load", "--s3-key", KEY])
        .args(bucket_options(endpoint))
        .args(database);
    Running::start_command(command)
}

#[test]
#[cfg(target_os = "linux")]
fn object_larger_than_the_memory_limit_loads() {
    const LIMIT: u64 = 64 * 1024 * 1024;
    let server = S3Server::start();
    let size = write_issuers(&server.path(KEY), 150_000);
    assert!(size > LIMIT, "{size}");
    let database = TestDatabase::migrated();
    let home = tempdir().unwrap();
    let mut loader = start(server.endpoint(), home.path(), &database.arguments());
    let mut peak = 0;
    // No time limit: this is a lot of work for a debug build.
    while !loader.has_ended() {
        peak = loader.peak_memory().unwrap_or(peak);
        thread::sleep(Duration::from_millis(10));
    }
    loader.end().assert_done();
    assert!(peak > PARTS * PART, "{peak}: the process was watched");
    assert!(peak < LIMIT, "{peak}");
    assert_eq!(master_rows(&database), [150_000, 0, 0]);
}

#[test]
fn stalled_database_keeps_no_connection_to_the_bucket() {
    const COUNT: u32 = 40_000;
    let server = S3Server::start();
    let size = write_issuers(&server.path(KEY), COUNT);
    assert!(size > (PARTS + 1) * PART, "{size}");
    let proxy = Proxy::start(&server, |_| Fault::None);
    let gate = DatabaseGate::start(TestDatabase::migrated(), 1024 * 1024);
    let home = tempdir().unwrap();
    let loader = start(proxy.endpoint(), home.path(), &gate.arguments());
    gate.wait_until_closed();
    // The requested parts arrive, and then no request follows.
    let mut before = 0;
    eventually("no connection to the bucket is in use", || {
        before = proxy.body_bytes();
        thread::sleep(Duration::from_millis(300));
        before >= PARTS * PART && proxy.answers_under_way() == 0 && proxy.body_bytes() == before
    });
    assert!(before < size, "{before} of {size}");
    gate.open();
    let run = loader.end();
    run.assert_done();
    assert_eq!(run.stderr, "");
    // No request was repeated, because no response was interrupted.
    assert_eq!(proxy.requests().len() as u64, size.div_ceil(PART));
    assert_eq!(master_rows(gate.database()), [u64::from(COUNT), 0, 0]);
    assert_consistent(gate.database());
}
