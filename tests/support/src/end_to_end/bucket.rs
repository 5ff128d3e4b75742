//! Runs `cusip` with AWS credentials, isolated from the machine's environment.

use std::path::Path;
use std::process::Command;

use cusip_pif::Date;
use tempfile::tempdir;

use crate::{
    Run, S3Server, TestDatabase, day, finish, program, set_last_modified, write_synthetic_day,
};

/// The credentials that the S3 server accepts.
pub const CREDENTIALS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY),
    ("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_KEY),
];

/// The arguments that name the tests' day.
pub const DAY: [&str; 2] = ["--date", "2024-01-15"];

/// Runs `cusip` with only these variables: no profile, no role of the machine, no `.env`.
pub fn cusip_with(variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let home = tempdir().expect("a folder can be made");
    let mut command = program("cusip");
    environment(&mut command, home.path(), variables);
    finish(assert_cmd::Command::from_std(command).args(arguments))
}

/// Loads from the bucket at this endpoint, with JSON output.
pub fn load(database: &TestDatabase, endpoint: &str, arguments: &[&str]) -> Run {
    load_with(&CREDENTIALS, database, endpoint, arguments)
}

/// Does the same with these variables.
pub fn load_with(
    variables: &[(&str, &str)],
    database: &TestDatabase,
    endpoint: &str,
    arguments: &[&str],
) -> Run {
    let options = database.arguments();
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let source = bucket_options(endpoint);
    let load = ["load", "--output", "json"];
    cusip_with(
        variables,
        &[&load, &source[..], &options, arguments].concat(),
    )
}

/// Returns the arguments that name the bucket at this endpoint.
pub fn bucket_options(endpoint: &str) -> [&str; 4] {
    ["--s3-bucket", S3Server::BUCKET, "--s3-endpoint", endpoint]
}

/// Gives a command only these variables, and an empty folder as home and working folder.
pub fn environment(command: &mut Command, home: &Path, variables: &[(&str, &str)]) {
    command
        .env_clear()
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .current_dir(home);
}

/// Writes a synthetic day to a folder and, with the same times, to `pif/` in the bucket.
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

/// Puts an object that was last modified on the tests' day.
pub fn put(server: &S3Server, key: &str, content: &[u8]) {
    put_on(server, key, content, day());
}

/// Puts an object that was last modified on this day.
pub fn put_on(server: &S3Server, key: &str, content: &[u8], day: Date) {
    server.put(key, content);
    set_last_modified(&server.path(key), day);
}
