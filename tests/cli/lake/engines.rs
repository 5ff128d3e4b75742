//! Engines that others wrote read a lake. `scripts/lake-engines.sh` starts moto and runs this test.

use std::env;
use std::path::Path;
use std::process::Command;

use cusip_test_support::bucket::{CREDENTIALS, cusip_with};
use tempfile::tempdir;

use super::{synthetic_days, verified};
use crate::aws::moto::Moto;

const BUCKET: &str = "analytics";

#[test]
#[ignore = "scripts/lake-engines.sh runs it, with moto and the engines"]
fn engines_answer_as_postgresql_does() {
    let python = env::var("LAKE_PYTHON").expect("scripts/lake-engines.sh says where Python is");
    let moto = Moto::with_bucket(BUCKET);
    let database = synthetic_days(5, 60);
    let lake = tempdir().unwrap();
    verified(&database, lake.path());
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
    let sync = [&sync[..], &["--s3-endpoint", &moto.endpoint], &options].concat();
    cusip_with(&CREDENTIALS, &sync).assert_done();
    let words = options.chunks(2).map(|option| {
        let name = option[0].trim_start_matches("--");
        format!("{name}={}", option[1])
    });
    let address = words.collect::<Vec<_>>().join(" ");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/lake-engines.py");
    let status = Command::new(python)
        .arg(script)
        .args([&address, lake.path().to_str().unwrap(), &to, &moto.endpoint])
        .status();
    assert!(status.expect("Python runs").success());
}
