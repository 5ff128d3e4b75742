//! Runs the program.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use assert_cmd::Command;
use cusip_test_support::TestDatabase;
use serde_json::Value;

/// What a run of the program has come to.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Returns the JSON document on standard output.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Makes sure that the run ended with this code and that standard error says all of this.
    #[track_caller]
    pub(crate) fn assert_fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for text in says {
            assert!(
                self.stderr.contains(text),
                "{text:?} is missing in {self:?}"
            );
        }
    }

    #[track_caller]
    pub(crate) fn assert_done(&self) -> &Self {
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

/// Runs `cusip` with these arguments, and with none of our variables in its environment.
pub(crate) fn cusip<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    cusip_reading("", arguments)
}

/// Runs `cusip` with this on its standard input.
pub(crate) fn cusip_reading<S: AsRef<OsStr>>(
    input: impl Into<Vec<u8>>,
    arguments: impl IntoIterator<Item = S>,
) -> Run {
    finish(program().args(arguments).write_stdin(input))
}

/// Runs `cusip` in this folder, with these variables and none other of ours.
pub(crate) fn cusip_in<'a, S: AsRef<OsStr>>(
    folder: &Path,
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    arguments: impl IntoIterator<Item = S>,
) -> Run {
    finish(
        program()
            .current_dir(folder)
            .envs(variables)
            .args(arguments),
    )
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cusip"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CUSIP_")) {
        if name != "CUSIP_POSTGRES_BIN" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("the program runs");
    Run {
        code: output.status.code().expect("the program is not killed"),
        stdout: String::from_utf8(output.stdout).expect("the output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("the messages are UTF-8"),
    }
}

/// Runs `cusip` with these arguments on this database.
pub(crate) fn cusip_on<S: AsRef<OsStr>>(
    database: &TestDatabase,
    arguments: impl IntoIterator<Item = S>,
) -> Run {
    let given = arguments
        .into_iter()
        .map(|argument| argument.as_ref().to_owned());
    cusip(given.chain(database.arguments().into_iter().map(Into::into)))
}

/// Loads with JSON output, and returns the run and its document.
pub(crate) fn load_document<S: AsRef<OsStr>>(
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
