//! Settings, from which no error and no debug output may show a password.

use std::error::Error;
use std::fmt::Write as _;

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use cusip_config::{DatabaseSettings, FileSettings, LoadSettings, LogSettings};
use tokio::runtime::Builder;

const PASSWORD: &str = "correct-horse";

/// Reads each line as an argument of a program, after a password.
pub(crate) fn arguments(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let arguments = ["--password", PASSWORD].into_iter().chain(text.lines());
    match parsed(arguments) {
        Ok(matches) => {
            let database = DatabaseSettings::from_arg_matches(&matches);
            let load = LoadSettings::from_arg_matches(&matches).map(|load| load.options());
            let files = FileSettings::from_arg_matches(&matches);
            let log = LogSettings::from_arg_matches(&matches);
            assert_is_secret(&format!("{database:?} {load:?} {files:?} {log:?}"));
        }
        Err(error) => assert_is_secret(&format!("{error} {error:?}")),
    }
}

/// Reads the URL of a database that begins with a user and a password.
pub(crate) fn database_url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // That would read the file.
    if text.contains("sslrootcert") {
        return;
    }
    let url = format!("postgresql://ada:{PASSWORD}{text}");
    let matches = parsed(["--database-url", &url]).expect("any string is an argument");
    let settings = DatabaseSettings::from_arg_matches(&matches).expect("clap knows them");
    let runtime = Builder::new_current_thread().build();
    let options = runtime
        .expect("it starts")
        .block_on(settings.connect_options());
    match options {
        Ok(options) => assert_is_secret(&format!("{options:?} {settings:?}")),
        Err(error) => {
            let mut shown = format!("{error:?}");
            let mut cause: Option<&dyn Error> = Some(&error);
            while let Some(error) = cause {
                write!(shown, " {error}").expect("a string takes all");
                cause = error.source();
            }
            assert_is_secret(&shown);
        }
    }
}

fn parsed<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<ArgMatches, clap::Error> {
    let command = DatabaseSettings::augment_args(Command::new("cusip"));
    let command = LogSettings::augment_args(FileSettings::augment_args(
        LoadSettings::augment_args(command),
    ));
    command.try_get_matches_from(["cusip"].into_iter().chain(arguments))
}

fn assert_is_secret(shown: &str) {
    assert!(!shown.contains(PASSWORD), "{shown}");
}
