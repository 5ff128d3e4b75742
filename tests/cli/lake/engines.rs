//! Engines that others wrote read a lake. `scripts/lake-engines.sh` starts moto and runs this test.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use cusip_test_support::bucket::cusip_with;
use cusip_test_support::{TestDatabase, cusip, cusip_on};
use tempfile::tempdir;

use super::verified;

const BUCKET: &str = "analytics";
const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
];

/// Five days, each with new and changed records.
fn loaded() -> TestDatabase {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let days = ["--date", "2024-01-15", "--days", "5", "--issuers", "60"];
    cusip([&["synth", path][..], &days].concat()).assert_done();
    for day in 15..=19 {
        let date = format!("2024-01-{day}");
        let load = [
            "load",
            "--date",
            &date,
            "--file-dir",
            path,
            "--max-age-days",
            "0",
        ];
        cusip_on(&database, load).assert_done();
    }
    database
}

/// Creates a bucket by an unsigned request, which moto accepts.
fn create_bucket(endpoint: &str) {
    let host = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("moto listens");
    let request = format!(
        "PUT /{BUCKET} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("moto reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("moto answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
#[ignore = "scripts/lake-engines.sh runs it, with moto and the engines"]
fn engines_answer_as_postgresql_does() {
    let python = env::var("LAKE_PYTHON").expect("scripts/lake-engines.sh says where Python is");
    let endpoint = env::var("MOTO_ENDPOINT").expect("scripts/lake-engines.sh says where moto is");
    let database = loaded();
    let lake = tempdir().unwrap();
    verified(&database, lake.path());
    create_bucket(&endpoint);
    let to = format!("s3://{BUCKET}/cusip");
    let connection = database.arguments();
    let options: Vec<_> = connection.iter().map(String::as_str).collect();
    let sync = [
        "lake",
        "sync",
        "--verify",
        "--to",
        &to,
        "--s3-region",
        "us-east-1",
    ];
    let sync = [&sync[..], &["--s3-endpoint", &endpoint], &options].concat();
    cusip_with(&KEYS, &sync).assert_done();
    let words = options.chunks(2).map(|option| {
        let name = option[0].trim_start_matches("--");
        format!("{name}={}", option[1])
    });
    let address = words.collect::<Vec<_>>().join(" ");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/lake-engines.py");
    let status = Command::new(python)
        .arg(script)
        .args([&address, lake.path().to_str().unwrap(), &to, &endpoint])
        .status();
    assert!(status.expect("Python runs").success());
}
