//! Runs of the programs to their end.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

use crate::TestDatabase;

/// The result of a run.
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// What the program printed to standard output.
    pub stdout: String,
    /// What the program printed to standard error.
    pub stderr: String,
}

impl Run {
    /// Returns the JSON document on standard output.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Asserts the exit code, and that standard error contains all of these strings.
    #[track_caller]
    pub fn assert_fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for text in says {
            assert!(
                self.stderr.contains(text),
                "{text:?} is missing in {self:?}"
            );
        }
    }

    /// Asserts that the run succeeded.
    #[track_caller]
    pub fn assert_done(&self) -> &Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        write!(
            formatter,
            "exit code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

/// Runs `cusip` with these arguments and no `CUSIP_*` variables.
pub fn cusip<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    cusip_reading("", arguments)
}

/// Does the same with this standard input.
pub fn cusip_reading<S: AsRef<OsStr>>(
    input: impl Into<Vec<u8>>,
    arguments: impl IntoIterator<Item = S>,
) -> Run {
    finish(cusip_command().args(arguments).write_stdin(input))
}

/// Runs `cusip` in this folder with only these `CUSIP_*` variables.
pub fn cusip_in<'a, S: AsRef<OsStr>>(
    folder: &Path,
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    arguments: impl IntoIterator<Item = S>,
) -> Run {
    finish(
        cusip_command()
            .current_dir(folder)
            .envs(variables)
            .args(arguments),
    )
}

fn cusip_command() -> Command {
    Command::from_std(program("cusip"))
}

/// Returns a command that runs a program of the workspace, without the caller's `CUSIP_*` variables.
///
/// Cargo builds the programs of a package before its tests and sets their paths. The programs of other
/// packages are in the same folder if they have been built.
///
/// # Panics
///
/// Panics if the program has not been built.
#[must_use]
pub fn program(name: &str) -> std::process::Command {
    let path = program_path(name);
    assert!(
        path.exists(),
        "{} is missing; build it with `cargo build --package {}`",
        path.display(),
        if name == "cusip" { "cusip-cli" } else { name },
    );
    let mut command = std::process::Command::new(path);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CUSIP_")) {
        if name != "CUSIP_POSTGRES_BIN" {
            command.env_remove(name);
        }
    }
    command
}

/// Returns the path of a program of the workspace, whether or not it has been built.
#[must_use]
pub fn program_path(name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(format!("CARGO_BIN_EXE_{name}")) {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test is a file");
    let profile = test.ancestors().nth(2).expect("tests are in `deps`");
    profile.join(name)
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("the program runs");
    Run {
        code: output.status.code().expect("the program is not killed"),
        stdout: String::from_utf8(output.stdout).expect("the output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("the messages are UTF-8"),
    }
}

/// Runs `cusip` with these arguments on this database.
pub fn cusip_on<S: AsRef<OsStr>>(
    database: &TestDatabase,
    arguments: impl IntoIterator<Item = S>,
) -> Run {
    let given = arguments
        .into_iter()
        .map(|argument| argument.as_ref().to_owned());
    cusip(given.chain(database.arguments().into_iter().map(Into::into)))
}

/// Loads with JSON output, and returns the run and its document.
pub fn load_document<S: AsRef<OsStr>>(
    database: &TestDatabase,
    arguments: impl IntoIterator<Item = S>,
) -> (Run, Value) {
    let given = arguments
        .into_iter()
        .map(|argument| argument.as_ref().to_owned());
    let command = ["load", "--output", "json"].map(Into::into);
    let run = cusip_on(database, command.into_iter().chain(given));
    let document = run.document();
    (run, document)
}

/// Returns the arguments of a command that connects to the database as another role.
pub fn arguments_as(database: &TestDatabase, role: &str, command: &[&str]) -> Vec<String> {
    let mut arguments: Vec<_> = command.iter().map(ToString::to_string).collect();
    arguments.extend(database.arguments());
    let user = arguments.len() - 1;
    assert_eq!(arguments[user - 1], "--user");
    arguments[user] = role.to_owned();
    arguments
}

/// Returns all forms in which a secret might be printed.
fn forms(secret: &str) -> Vec<String> {
    let bytes = format!("{:?}", secret.as_bytes());
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let encoded = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let in_url: String = secret.bytes().map(encoded).collect();
    vec![
        secret.to_owned(),
        bytes.trim_matches(['[', ']']).to_owned(),
        hex,
        in_url,
    ]
}

/// Asserts that a run prints no secret.
#[track_caller]
pub fn assert_no_secrets(run: &Run, secrets: &[&str]) {
    let said = format!("{}\n{}", run.stdout, run.stderr);
    let signatures = ["Signature=", "X-Amz-Signature"].map(str::to_owned);
    let forms = secrets.iter().flat_map(|secret| forms(secret));
    for form in forms.chain(signatures) {
        assert!(!said.contains(&form), "{form:?} is in {said}");
    }
}
