//! What the environment says: read, checked as a whole, and understood or complained about.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;

use clap::error::ContextKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command};
use thiserror::Error;

use crate::api::ApiSettings;
use crate::database::DatabaseSettings;
use crate::files::FileSettings;
use crate::load::LoadSettings;
use crate::log::LogSettings;

const DOT_ENV: &str = ".env";
const PREFIX: &str = "CUSIP_";
/// Read by other crates and programs of this project than this one.
const ELSEWHERE: [&str; 1] = ["CUSIP_POSTGRES_BIN"];
const SIMILAR: f64 = 0.8;

/// Something about the environment that a program cannot go on with.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidEnvironment {
    /// The file `.env` in the working directory cannot be read or understood.
    #[error("cannot read the file .env in the working directory; mend or remove it")]
    DotEnv(#[source] io::Error),
    /// A line of `.env` is no assignment.
    #[error("the file .env in the working directory has a line that is no NAME=VALUE{}; mend it, and put a value with blanks, quotes or backslashes between single quotes", line(*.number))]
    DotEnvLine {
        /// The line, from 1, if it is known.
        number: Option<usize>,
    },
    /// Variables hold values that their settings cannot have.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Values(Vec<InvalidVariable>),
}

/// A variable whose value its setting cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidVariable {
    /// The variable's name.
    pub name: String,
    /// Its value; nothing if that is a secret.
    pub value: Option<String>,
    /// What is wrong with it.
    pub problem: String,
}

/// A variable that looks like one of ours and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownVariable {
    /// The variable's name.
    pub name: String,
    /// The known variable with the most similar name, if one is similar at all.
    pub similar: Option<String>,
}

/// Adds what the file `.env` of the working directory says to the environment. What the real
/// environment says wins. A `$` is itself: no variable is put in its place.
///
/// To be called first of all, while the process has one thread.
///
/// # Errors
///
/// [`InvalidEnvironment::DotEnv`] and [`InvalidEnvironment::DotEnvLine`] if the file is there but
/// cannot be read or understood.
pub fn read_dot_env() -> Result<(), InvalidEnvironment> {
    let text = match fs::read_to_string(DOT_ENV) {
        Ok(text) => literal_dollars(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(InvalidEnvironment::DotEnv(error)),
    };
    match dotenvy::from_read(text.as_bytes()) {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::Io(error)) => Err(InvalidEnvironment::DotEnv(error)),
        // What it says of the line shows the line, which may hold a secret.
        Err(dotenvy::Error::LineParse(part, _)) => Err(InvalidEnvironment::DotEnvLine {
            number: line_number(&text, &part),
        }),
        Err(_) => Err(InvalidEnvironment::DotEnvLine { number: None }),
    }
}

/// Parses a command line with the settings of the environment, and reports every variable that is
/// wrong at once.
///
/// A variable counts only for a command that has its setting, and unless a flag says otherwise. One
/// that is empty counts as not set.
///
/// # Errors
///
/// [`InvalidEnvironment::Values`] for wrong variables; what the command line itself gets wrong ends
/// the process with a message, as [`Command::get_matches`] does.
pub fn matches(command: &Command) -> Result<ArgMatches, InvalidEnvironment> {
    let Ok(flags) = without_environment(command.clone()).try_get_matches() else {
        // Help or a usage error, which the whole command words.
        return Ok(without_empty(command.clone()).get_matches());
    };
    let (mut command_of_flags, mut flags) = (command, &flags);
    let mut invalid = invalid_variables(command_of_flags, flags);
    while let Some((name, of_subcommand)) = flags.subcommand() {
        flags = of_subcommand;
        command_of_flags = (command_of_flags.find_subcommand(name))
            .expect("the command line matched a subcommand that there is");
        invalid.extend(invalid_variables(command_of_flags, flags));
    }
    if !invalid.is_empty() {
        return Err(InvalidEnvironment::Values(invalid));
    }
    Ok(without_empty(command.clone()).get_matches())
}

/// Returns the variables of the environment that begin like ours and are none.
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

/// Returns the names of all variables that the programs read, sorted.
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
        .chain(ELSEWHERE)
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

impl fmt::Display for InvalidVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(formatter, "{} is {value:?}: ", self.name)?,
            None => write!(formatter, "{} is wrong: ", self.name)?,
        }
        formatter.write_str(&self.problem)
    }
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is no variable that is known here", self.name)?;
        match &self.similar {
            Some(similar) => write!(formatter, "; is {similar} meant?"),
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

/// Tells what is wrong with a value, by parsing it alone.
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
        Some(valid) => format!("it has to be one of {valid}"),
        None => "it is no value for this setting".to_owned(),
    })
}

fn most_similar(name: &str, known: &[String]) -> Option<String> {
    let likeness =
        |known: &String| strsim::jaro_winkler(&name[PREFIX.len()..], &known[PREFIX.len()..]);
    let mut similar: Vec<_> = known.iter().map(|known| (likeness(known), known)).collect();
    similar.sort_by(|first, second| second.0.total_cmp(&first.0));
    let (likeness, name) = similar.first()?;
    (*likeness > SIMILAR).then(|| (*name).clone())
}

/// Escapes each `$` that would be the beginning of a variable's name, which no password means by it.
fn literal_dollars(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    let mut quote = None;
    let mut previous = '\n';
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                literal.push(character);
                literal.extend(characters.next());
                previous = character;
                continue;
            }
            (_, '$') => literal.push('\\'),
            (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '#') if previous.is_whitespace() => {
                literal.push(character);
                for character in characters.by_ref() {
                    literal.push(character);
                    if character == '\n' {
                        break;
                    }
                }
                previous = '\n';
                continue;
            }
            _ => {}
        }
        literal.push(character);
        previous = character;
    }
    literal
}

/// Finds the line of the file that has this part, which goes on to the line's end.
fn line_number(text: &str, part: &str) -> Option<usize> {
    let part = part.lines().next()?.trim();
    let index = text.lines().position(|line| line.trim().ends_with(part))?;
    Some(index + 1)
}

fn line(number: Option<usize>) -> String {
    number.map_or_else(String::new, |number| format!(": line {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollar_is_itself_wherever_it_stands() {
        for (line, value) in [
            ("A=pa$word", "pa$word"),
            ("A=\"pa${word}\"", "pa${word}"),
            ("A='pa$word'", "pa$word"),
            ("A=pa\\$word", "pa$word"),
            ("A=a # it's $5\nB=$x", "a"),
        ] {
            let literal = literal_dollars(line);
            let read = dotenvy::from_read_iter(literal.as_bytes()).next();
            let (_, read) = read.unwrap().unwrap();
            assert_eq!(read, value, "{line}");
        }
    }
}
