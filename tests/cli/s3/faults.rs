//! Objects that change and connections that break.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cusip_test_support::bucket::{DAY, load, put, put_day};
use cusip_test_support::{
    Fault, Proxy, ReceivedRequest, S3Server, TestDatabase, assert_consistent, content_digests,
    master_rows,
};
use sha2::{Digest as _, Sha256};
use tempfile::tempdir;

const BUCKET: &str = S3Server::BUCKET;
const ISSUERS: &str = "pif/CED01-15R.PIP";

fn is_of_issuers(asked: &ReceivedRequest) -> bool {
    asked.target().contains("CED01-15R.PIP")
}

/// Returns issuers that take several requests to read. The name makes sets different.
fn many_issuers(name: &str) -> Vec<u8> {
    const COUNT: u32 = 40_000;
    let mut file = Vec::new();
    for number in 0..COUNT {
        let padding = "X".repeat(30);
        let line =
            format!("{number:06}||{name:<30}|{padding}|{padding}||||||C|A||A|CA|2024-01-15\r\n");
        file.extend_from_slice(line.as_bytes());
    }
    file.extend_from_slice(format!("999999|{COUNT:010}|2024-01-15\r\n").as_bytes());
    file
}

#[test]
fn object_replaced_while_it_is_read_loads_nothing() {
    let server = Arc::new(S3Server::start());
    put(&server, ISSUERS, &many_issuers("BEFORE"));
    let replaced = AtomicBool::new(false);
    let (there, after) = (Arc::clone(&server), many_issuers("AFTER"));
    let proxy = Proxy::start(&server, move |asked| {
        if asked.range_start() > 0 && !replaced.swap(true, Ordering::Relaxed) {
            there.put(ISSUERS, &after);
        }
        Fault::None
    });
    let database = TestDatabase::migrated();
    let run = load(&database, proxy.endpoint(), &["--s3-key", ISSUERS]);
    let message = format!(
        "file \"s3://{BUCKET}/{ISSUERS}\" has changed: it was replaced during the read; try \
         again once it is complete"
    );
    run.assert_fails(1, &[&message]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    let on_record = database.query("select status, error from load_job");
    assert_eq!(on_record, [["failed", message.as_str()]]);
    assert_consistent(&database);

    let run = load(&database, proxy.endpoint(), &["--s3-key", ISSUERS]);
    run.assert_done();
    let names = database.query("select distinct rtrim(issuer_name_1) from issuer");
    assert_eq!(names, [["AFTER"]]);
}

#[test]
fn object_replaced_after_it_was_listed_loads_nothing() {
    let server = Arc::new(S3Server::start());
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 20, 5);
    let there = Arc::clone(&server);
    let proxy = Proxy::start(&server, move |asked| {
        if asked.target().contains("CED01-15E.PIP") {
            there.put("pif/CED01-15E.PIP", b"999999|0000000000|2024-01-15\r\n");
        }
        Fault::None
    });
    let database = TestDatabase::migrated();
    let run = load(&database, proxy.endpoint(), &DAY);
    let place = format!("\"s3://{BUCKET}/pif/CED01-15E.PIP\" has changed");
    run.assert_fails(1, &[&place, "try again once it is complete"]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_consistent(&database);
}

#[test]
fn object_interrupted_five_times_loads_completely() {
    const CUTS: [usize; 5] = [10_000, 1, 0, 99_999, 123];
    let server = S3Server::start();
    let folder = tempdir().unwrap();
    put_day(&server, folder.path(), 4_000, 1);
    let reads = AtomicUsize::new(0);
    let proxy = Proxy::start(&server, move |asked| {
        if !is_of_issuers(asked) {
            return Fault::None;
        }
        let read = reads.fetch_add(1, Ordering::Relaxed);
        CUTS.get(read).copied().map_or(Fault::None, Fault::Cut)
    });
    let (cut, whole) = (TestDatabase::migrated(), TestDatabase::migrated());
    load(&cut, proxy.endpoint(), &DAY).assert_done();
    load(&whole, server.endpoint(), &DAY).assert_done();
    assert_eq!(content_digests(&cut), content_digests(&whole));
    assert_consistent(&cut);

    let requests = proxy.requests();
    let starts: Vec<_> = (requests.iter().filter(|asked| is_of_issuers(asked)))
        .map(ReceivedRequest::range_start)
        .collect();
    assert_eq!(starts, [0, 10_000, 10_001, 10_001, 110_000, 110_123]);
    let content = fs::read(folder.path().join("CED01-15R.PIP")).unwrap();
    let sha256: String = (Sha256::digest(&content).iter())
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let on_record = cut.query(
        "select encode(sha256, 'hex'), bytes_read, size from load_file where kind = 'issuer'",
    );
    let length = content.len().to_string();
    assert_eq!(on_record, [[sha256, length.clone(), length]]);
}
