//! Reads and checks all environment variables together.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io;

use clap::error::ContextKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command};
use thiserror::Error;

use crate::api::ApiSettings;
use crate::contradictions::SERVER;
use crate::database::DatabaseSettings;
use crate::files::FileSettings;
use crate::load::LoadSettings;
use crate::log::LogSettings;
use crate::open_database::BINARIES;

const PREFIX: &str = "CUSIP_";
/// Variables without a flag.
const WITHOUT_FLAG: [&str; 1] = [BINARIES];
const SIMILAR: f64 = 0.8;

/// Why a program cannot run with this environment.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidEnvironment {
    /// The file `.env` in the working directory cannot be read.
    #[error("cannot read the file .env in the working directory; fix or remove it")]
    DotEnv(#[source] io::Error),
    /// A line of `.env` is not an assignment.
    #[error("the file .env in the working directory has a line that is not NAME=VALUE{}; fix it, and put a value with blanks, quotes or backslashes between single quotes", line(*.number))]
    DotEnvLine {
        /// The line number, from 1, if it is known.
        number: Option<usize>,
    },
    /// Some variables have invalid values.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Values(Vec<InvalidVariable>),
}

/// A variable with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidVariable {
    /// The variable's name.
    pub name: String,
    /// Its value, unless that is a secret.
    pub value: Option<String>,
    /// What is wrong with it.
    pub problem: String,
}

/// A variable that starts with `CUSIP_` and is not a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownVariable {
    /// The variable's name.
    pub name: String,
    /// The known variable with the closest name, if there is a close one.
    pub similar: Option<String>,
}

/// Parses the command line and the environment, and reports all invalid variables at once.
///
/// A variable counts only for a command that has the setting, and only if no flag sets it. An empty
/// variable counts as not set. Flags that name another database win over `CUSIP_EMBEDDED`.
///
/// # Errors
///
/// [`InvalidEnvironment::Values`] for invalid variables. An invalid command line ends the process
/// with a message, as in [`Command::get_matches`].
pub fn matches(command: &Command) -> Result<ArgMatches, InvalidEnvironment> {
    let Ok(flags) = without_environment(command.clone()).try_get_matches() else {
        // This is help or a usage error. The whole command has the right wording for it.
        return Ok(without_empty(command.clone()).get_matches());
    };
    let (mut command_of_flags, mut flags) = (command, &flags);
    let mut invalid = invalid_variables(command_of_flags, flags);
    while let Some((name, of_subcommand)) = flags.subcommand() {
        flags = of_subcommand;
        command_of_flags = (command_of_flags.find_subcommand(name))
            .expect("the command line matched an existing subcommand");
        invalid.extend(invalid_variables(command_of_flags, flags));
    }
    if !invalid.is_empty() {
        return Err(InvalidEnvironment::Values(invalid));
    }
    let mut command = without_empty(command.clone());
    if names_server(flags) {
        command = without_embedded(command);
    }
    Ok(command.get_matches())
}

/// Returns the variables that start with `CUSIP_` and are not settings.
#[must_use]
pub fn unknown_variables() -> Vec<UnknownVariable> {
    let known = known_variables();
    let mut unknown: Vec<_> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
        .map(|name| UnknownVariable {
            similar: most_similar(&name, &known),
            name,
        })
        .collect();
    unknown.sort_by(|first, second| first.name.cmp(&second.name));
    unknown
}

/// Returns the sorted names of all variables that the programs read.
#[must_use]
pub fn known_variables() -> Vec<String> {
    let command = Command::new("settings");
    let command = DatabaseSettings::augment_args(command);
    let command = FileSettings::augment_args(command);
    let command = LoadSettings::augment_args(command);
    let command = LogSettings::augment_args(command);
    let command = ApiSettings::augment_args(command);
    let mut names: Vec<_> = (command.get_arguments())
        .filter_map(Arg::get_env)
        .filter_map(OsStr::to_str)
        .chain(WITHOUT_FLAG)
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

impl fmt::Display for InvalidVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(formatter, "{} is {value:?}: ", self.name)?,
            None => write!(formatter, "{} is invalid: ", self.name)?,
        }
        formatter.write_str(&self.problem)
    }
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is not a known variable", self.name)?;
        match &self.similar {
            Some(similar) => write!(formatter, "; did you mean {similar}?"),
            None => Ok(()),
        }
    }
}

fn without_environment(command: Command) -> Command {
    command
        .mut_args(|argument| match argument.get_env() {
            Some(_) => argument.env(None::<&'static str>).required(false),
            None => argument,
        })
        .mut_subcommands(without_environment)
}

fn without_empty(command: Command) -> Command {
    let is_empty = |argument: &Arg| {
        let value = argument.get_env().and_then(env::var_os);
        value.is_some_and(|value| value.is_empty())
    };
    command
        .mut_args(|argument| match is_empty(&argument) {
            true => argument.env(None::<&'static str>),
            false => argument,
        })
        .mut_subcommands(without_empty)
}

/// Returns whether a flag names a database server.
fn names_server(flags: &ArgMatches) -> bool {
    let mut server = SERVER.iter().chain(&["database_url"]);
    server.any(|id| {
        flags.try_contains_id(id).unwrap_or_default()
            && flags.value_source(id) == Some(ValueSource::CommandLine)
    })
}

fn without_embedded(command: Command) -> Command {
    command
        .mut_args(|argument| match argument.get_id() == "embedded" {
            true => argument.env(None::<&'static str>),
            false => argument,
        })
        .mut_subcommands(without_embedded)
}

fn invalid_variables(command: &Command, flags: &ArgMatches) -> Vec<InvalidVariable> {
    let invalid = |argument: &Arg| {
        let id = argument.get_id().as_str();
        let name = argument.get_env()?.to_str()?;
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        let is_given = flags.value_source(id) == Some(ValueSource::CommandLine);
        if is_given || !matches!(argument.get_action(), ArgAction::Set) {
            return None;
        }
        let problem = problem(argument, &value)?;
        let value = (!argument.is_hide_env_values_set()).then(|| value.to_string_lossy().into());
        Some(InvalidVariable {
            name: name.to_owned(),
            value,
            problem,
        })
    };
    command.get_arguments().filter_map(invalid).collect()
}

/// Returns what is wrong with a value, by parsing it as the only argument.
fn problem(argument: &Arg, value: &OsStr) -> Option<String> {
    let alone = (argument.clone().env(None::<&'static str>))
        .required(false)
        .exclusive(false)
        .long("value")
        .allow_hyphen_values(true)
        .num_args(1);
    let mut flag = std::ffi::OsString::from("--value=");
    flag.push(value);
    let tried = Command::new("environment")
        .disable_help_flag(true)
        .arg(alone)
        .try_get_matches_from([OsStr::new("environment"), &flag]);
    let error = tried.err()?;
    if let Some(cause) = std::error::Error::source(&error) {
        return Some(cause.to_string());
    }
    Some(match error.get(ContextKind::ValidValue) {
        Some(valid) => format!("it must be one of {valid}"),
        None => "it is not a valid value".to_owned(),
    })
}

fn most_similar(name: &str, known: &[String]) -> Option<String> {
    let similarity =
        |known: &String| strsim::jaro_winkler(&name[PREFIX.len()..], &known[PREFIX.len()..]);
    let mut similar: Vec<_> = known
        .iter()
        .map(|known| (similarity(known), known))
        .collect();
    similar.sort_by(|first, second| second.0.total_cmp(&first.0));
    let (similarity, name) = similar.first()?;
    (*similarity > SIMILAR).then(|| (*name).clone())
}

fn line(number: Option<usize>) -> String {
    number.map_or_else(String::new, |number| format!(": line {number}"))
}
