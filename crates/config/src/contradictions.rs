//! Options that exclude each other.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

pub(crate) const SERVER: &[&str] = &["host", "port", "dbname", "user", "password", "secret_arn"];
const ENCRYPTION: &[&str] = &["sslmode", "sslrootcert", "auth"];
const SETTINGS: &[(&str, &[&str])] = &[
    ("embedded", SERVER),
    ("embedded", ENCRYPTION),
    ("embedded", &["database_url"]),
    ("database_url", SERVER),
    ("s3_bucket", &["file_dir", "file_source"]),
    (
        "file_dir",
        &["file_source", "s3_prefix", "s3_region", "s3_endpoint"],
    ),
];

/// Rejects a command line in which one option makes another meaningless.
///
/// Checks the settings of this crate, and the program's own pairs of option ids. It is normal for a
/// flag to make an environment variable meaningless, so variables do not count.
///
/// # Errors
///
/// A usage error that names the two options.
pub fn refuse_contradictions(
    command: &mut Command,
    matches: &ArgMatches,
    program: &[(&str, &[&str])],
) -> Result<(), clap::Error> {
    let given = |name: &str| {
        let known = matches.try_contains_id(name).unwrap_or(false);
        known && matches.value_source(name) == Some(ValueSource::CommandLine)
    };
    for (name, useless) in program.iter().chain(SETTINGS) {
        for other in *useless {
            if given(name) && given(other) {
                let flag = |name: &str| match name {
                    "file" => "FILE".to_owned(),
                    _ => format!("--{}", name.replace('_', "-")),
                };
                let (flag, other) = (flag(name), flag(other));
                let problem =
                    format!("{other} has no effect together with {flag}; leave one of them out");
                return Err(command.error(ErrorKind::ArgumentConflict, problem));
            }
        }
    }
    Ok(())
}
