//! Runs the program with credentials of AWS, and with nothing else of this machine's environment.

use std::path::Path;
use std::process::Command;

use cusip_pif::Date;
use tempfile::tempdir;

use crate::{
    Run, S3Server, TestDatabase, day, finish, program, set_last_modified, write_synthetic_day,
};

/// What the S3 server knows.
pub const CREDENTIALS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY),
    ("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_KEY),
];

/// The arguments that name the day of the tests.
pub const DAY: [&str; 2] = ["--date", "2024-01-15"];

/// Runs `cusip` with these variables alone: no profile, no role of the machine, no `.env`.
pub fn cusip_with(variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let home = tempdir().expect("a folder can be made");
    let mut command = program("cusip");
    environment(&mut command, home.path(), variables);
    finish(assert_cmd::Command::from_std(command).args(arguments))
}

/// Loads from the bucket behind this address, with JSON output.
pub fn load(database: &TestDatabase, endpoint: &str, arguments: &[&str]) -> Run {
    load_with(&CREDENTIALS, database, endpoint, arguments)
}

/// Loads from the bucket behind this address with these variables, with JSON output.
pub fn load_with(
    variables: &[(&str, &str)],
    database: &TestDatabase,
    endpoint: &str,
    arguments: &[&str],
) -> Run {
    let options = database.arguments();
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let source = at(endpoint);
    let load = ["load", "--output", "json"];
    cusip_with(
        variables,
        &[&load, &source[..], &options, arguments].concat(),
    )
}

/// The arguments that name the bucket behind this address.
pub fn at(endpoint: &str) -> [&str; 4] {
    ["--s3-bucket", S3Server::BUCKET, "--s3-endpoint", endpoint]
}

/// Leaves a command these variables alone, and a home and working folder where nothing is.
pub fn environment(command: &mut Command, home: &Path, variables: &[(&str, &str)]) {
    command
        .env_clear()
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .current_dir(home);
}

/// Writes a synthetic day into this folder and, with the same times, into the bucket's `pif/`.
pub fn put_day(server: &S3Server, folder: &Path, issuers: u32, issues_per_issuer: u16) {
    put_day_of(server, folder, day(), issuers, issues_per_issuer);
}

/// Does the same as [`put_day`] for another day.
pub fn put_day_of(
    server: &S3Server,
    folder: &Path,
    day: Date,
    issuers: u32,
    issues_per_issuer: u16,
) {
    write_synthetic_day(folder, day, issuers, issues_per_issuer);
    for entry in folder.read_dir().expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let content = std::fs::read(&path).expect("the file is there");
        let name = path.file_name().and_then(|name| name.to_str());
        let key = format!("pif/{}", name.expect("a name in UTF-8"));
        put_on(server, &key, &content, day);
        set_last_modified(&path, day);
    }
}

/// Puts an object that was last changed on the day of the tests.
pub fn put(server: &S3Server, key: &str, content: &[u8]) {
    put_on(server, key, content, day());
}

/// Puts an object that was last changed on this day.
pub fn put_on(server: &S3Server, key: &str, content: &[u8], day: Date) {
    server.put(key, content);
    set_last_modified(&server.path(key), day);
}
