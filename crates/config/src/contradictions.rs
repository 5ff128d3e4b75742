//! Options of which one makes the other meaningless.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

const SERVER: &[&str] = &["host", "port", "dbname", "user", "password", "secret_arn"];
const ENCRYPTION: &[&str] = &["sslmode", "sslrootcert", "auth"];
const OF_SETTINGS: &[(&str, &[&str])] = &[
    ("embedded", SERVER),
    ("embedded", ENCRYPTION),
    ("database_url", SERVER),
    ("s3_bucket", &["file_dir", "file_source"]),
    (
        "file_dir",
        &["file_source", "s3_prefix", "s3_region", "s3_endpoint"],
    ),
];

/// Refuses options of which one makes the other meaningless, where both stand on the command line:
/// those of the settings here, and those that the program names by their ids.
///
/// Of what the environment says, an option may well make some meaningless.
///
/// # Errors
///
/// One that names the two options, of the kind that ends a program with its usage.
pub fn refuse_contradictions(
    command: &mut Command,
    matches: &ArgMatches,
    of_program: &[(&str, &[&str])],
) -> Result<(), clap::Error> {
    let given = |name: &str| {
        let known = matches.try_contains_id(name).unwrap_or(false);
        known && matches.value_source(name) == Some(ValueSource::CommandLine)
    };
    for (name, useless) in of_program.iter().chain(OF_SETTINGS) {
        for other in *useless {
            if given(name) && given(other) {
                let flag = |name: &str| match name {
                    "file" => "FILE".to_owned(),
                    _ => format!("--{}", name.replace('_', "-")),
                };
                let (flag, other) = (flag(name), flag(other));
                let problem =
                    format!("{other} means nothing together with {flag}; leave one of them out");
                return Err(command.error(ErrorKind::ArgumentConflict, problem));
            }
        }
    }
    Ok(())
}
