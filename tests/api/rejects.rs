//! A job's rejects: in pages, and as files to fix and load again.

use cusip_pif::FileKind;
use cusip_test_support::api::Server;
use cusip_test_support::{TestDatabase, day, write_file, write_synthetic_day};
use serde_json::Value;
use tempfile::tempdir;

const RECORDS: usize = 7;

#[test]
fn rejects_are_listed_in_pages_by_file_and_line() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    for kind in [FileKind::Issuer, FileKind::Issue] {
        let bad = |line: usize| format!("bad {kind} {line}");
        let bad: Vec<_> = (1..=RECORDS).map(bad).collect();
        write_file(folder.path(), day(), kind, &bad);
    }
    let server = Server::start(&database, folder.path());
    server.load_all().assert_problem(422, "too_many_rejects");
    let mut found = Vec::new();
    let mut path = "/jobs/1/rejects?limit=4".to_owned();
    loop {
        let page = server.get(&path).assert_status(200);
        let rejects = page["rejects"].as_array().unwrap();
        assert!(rejects.len() <= 4);
        found.extend(rejects.iter().map(|reject| {
            (
                reject["type"].clone(),
                reject["line_number"].clone(),
                reject["raw_line"].clone(),
            )
        }));
        match &page["next"] {
            Value::Null => break,
            next => path = format!("/jobs/1/rejects?limit=4&after={}", next.as_str().unwrap()),
        }
    }
    let expected = |kind: &str, line| (kind.into(), line, format!("bad {kind} {line}").into());
    let expected: Vec<(Value, usize, Value)> = (1..=RECORDS)
        .map(|line| expected("issuer", line))
        .chain((1..=RECORDS).map(|line| expected("issue", line)))
        .collect();
    let found: Vec<_> = (found.into_iter())
        .map(|(kind, line, raw)| (kind, line.as_u64().unwrap() as usize, raw))
        .collect();
    // The attribute comes last. Its issue was in a bad file.
    assert_eq!(found[..2 * RECORDS], expected);
    assert_eq!(found.len(), 2 * RECORDS + 1);
    let issues = server.get("/jobs/1/rejects?file=issue").assert_status(200);
    assert_eq!(issues["rejects"].as_array().unwrap().len(), RECORDS);
}

#[test]
fn rejects_download_as_a_file_byte_for_byte() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    let bad: [&[u8]; 2] = [b"caf\xe9|1", b"2|two"];
    write_file(folder.path(), day(), FileKind::Issue, &bad);
    let server = Server::start(&database, folder.path());
    server.load_all().assert_problem(422, "too_many_rejects");
    let answer = server.get("/jobs/1/rejects/issue");
    assert_eq!(answer.status, 200, "{answer:?}");
    let disposition = answer.header("content-disposition").unwrap();
    assert_eq!(disposition, "attachment; filename=\"CED01-15E.PIP\"");
    let expected = [
        b"caf\xe9|1\r\n2|two\r\n".as_slice(),
        b"999999|REJECTS|job 1\r\n",
    ];
    assert_eq!(answer.body, expected.concat());
    server
        .get("/jobs/1/rejects/issuer")
        .assert_problem(404, "no_rejects");
}

/// Many clients may read such pages at the same time, and memory must not grow with the lines.
#[test]
fn pages_of_long_rejects_are_short_and_complete() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    let bad: Vec<_> = (0..40).map(|_| "x".repeat(60_000)).collect();
    write_file(folder.path(), day(), FileKind::Issuer, &bad);
    let server = Server::start(&database, folder.path());
    server.load_all().assert_problem(422, "too_many_rejects");
    let (mut found, mut after) = (0, String::new());
    loop {
        let answer = server.get(&format!("/jobs/1/rejects?file=issuer&limit=1000{after}"));
        let page = answer.assert_status(200);
        assert!(answer.body.len() < 1_000_000, "{}", answer.body.len());
        found += page["rejects"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(found, bad.len());
}
