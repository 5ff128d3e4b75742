//! The identifiers to show: where they come from, and why some have no security.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Read as _};
use std::path::Path;

use anyhow::Context as _;
use cusip_jobs::State;
use cusip_pif::{Cusip, Identifier};
use cusip_postgres::Database;
use serde::Serialize;

use crate::arguments::ShowArguments;
use crate::command::STANDARD_INPUT;
use crate::exit::{MissingFile, UsageError};
use crate::output::shown_state;

const NOTHING_ASKED: &str =
    "enter CUSIPs or ISINs, name a file of them with --file, or pipe them to standard input";

/// Devices and files of other kinds may never have a line end.
const MOST_BYTES_OF_LINE: u64 = 1024 * 1024;

/// The answers come in the order of the list, so the whole list is in memory.
const MOST_IDENTIFIERS: usize = 1_000_000;

/// A security to show.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) identifier: String,
    pub(super) cusip: Cusip,
}

/// An identifier for which no security is shown.
#[derive(Debug, Serialize)]
pub(super) struct Missing {
    identifier: String,
    pub(super) reason: String,
}

impl Missing {
    pub(super) fn unknown(asked: &Asked, state: Option<State>) -> Self {
        let identifier = asked.identifier.clone();
        let as_of = state.map(|state| format!(" as of {}", shown_state(state)));
        let reason = format!(
            "there is no security {identifier}{}",
            as_of.unwrap_or_default()
        );
        Self { identifier, reason }
    }
}

/// Reads the identifiers from the arguments, a file or standard input.
pub(super) fn read_identifiers(arguments: &ShowArguments) -> anyhow::Result<Vec<String>> {
    let identifiers = match &arguments.file {
        _ if !arguments.identifiers.is_empty() => arguments.identifiers.clone(),
        Some(path) if path.as_os_str() != STANDARD_INPUT => read_list(
            BufReader::new(open(path)?),
            &format!("{:?}", path.display()),
        )?,
        None if io::stdin().is_terminal() => Vec::new(),
        _ => read_list(io::stdin().lock(), "standard input")?,
    };
    if identifiers.is_empty() {
        return Err(UsageError(NOTHING_ASKED.to_owned()).into());
    }
    Ok(identifiers)
}

fn open(path: &Path) -> anyhow::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(MissingFile(path.display().to_string()).into())
        }
        opened => opened.with_context(|| format!("cannot open {:?}", path.display())),
    }
}

/// Reads a list line by line, and stops at a line or a list that cannot be one of identifiers.
fn read_list(mut input: impl BufRead, name: &str) -> anyhow::Result<Vec<String>> {
    let mut identifiers = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = input.by_ref().take(MOST_BYTES_OF_LINE + 1);
        let bytes = (limited.read_until(b'\n', &mut line))
            .with_context(|| format!("cannot read {name}"))?;
        if bytes == 0 {
            return Ok(identifiers);
        }
        if bytes as u64 > MOST_BYTES_OF_LINE {
            let problem = format!(
                "{name} has a line of more than 1 MiB, so it is probably not a list of CUSIPs or ISINs; break the line if it is"
            );
            return Err(UsageError(problem).into());
        }
        identifiers.extend(split(&line));
        if identifiers.len() > MOST_IDENTIFIERS {
            let problem = format!(
                "{name} has more than {MOST_IDENTIFIERS} identifiers; show them in several parts"
            );
            return Err(UsageError(problem).into());
        }
    }
}

/// Splits a list at line ends, blanks, commas and semicolons. Drops quotes and a byte order mark, which
/// spreadsheets write.
fn split(list: &[u8]) -> Vec<String> {
    let list = String::from_utf8_lossy(list);
    let is_separator = |character: char| {
        character.is_whitespace() || matches!(character, ',' | ';' | '"' | '\'' | '\u{feff}')
    };
    (list.split(is_separator))
        .filter(|identifier| !identifier.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Separates the identifiers of securities from everything else.
pub(super) fn parse(identifiers: Vec<String>) -> (Vec<Asked>, Vec<Missing>) {
    let (mut asked, mut missing) = (Vec::new(), Vec::new());
    for identifier in identifiers {
        let reason = match identifier.parse() {
            Ok(Identifier::Security(cusip)) => {
                asked.push(Asked { identifier, cusip });
                continue;
            }
            Ok(Identifier::Issuer(issuer)) => format!(
                "{issuer} is an issuer number; `cusip search {issuer}` lists its securities"
            ),
            Err(error) => error.to_string(),
        };
        missing.push(Missing { identifier, reason });
    }
    (asked, missing)
}

/// Adds to the reasons which securities exist with leading zeros, which spreadsheets drop.
pub(super) async fn explain(database: &Database, missing: &mut [Missing]) -> anyhow::Result<()> {
    let mut candidates: Vec<_> = (missing.iter_mut())
        .filter_map(|missing| Some((with_leading_zeros(&missing.identifier)?, missing)))
        .collect();
    let cusips: Vec<_> = candidates.iter().map(|(cusip, _)| *cusip).collect();
    if cusips.is_empty() {
        return Ok(());
    }
    let mut answers = database.security_rows(&cusips).await?;
    for (cusip, missing) in &mut candidates {
        if answers.next().await?.flatten().is_some() {
            missing.reason.push_str(&format!(
                "; {cusip} exists, so leading zeros may have been lost"
            ));
        }
    }
    Ok(())
}

/// Returns the CUSIP of nine characters, or else of eight, that an identifier would be with leading zeros.
fn with_leading_zeros(identifier: &str) -> Option<Cusip> {
    Cusip::with_leading_zeros(identifier).or_else(|| {
        let is_number = identifier.len() < 8 && identifier.is_ascii();
        is_number.then(|| format!("{identifier:0>8}").parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_split_as_people_and_spreadsheets_write_it() {
        let list = "\u{feff}037833100\r\n\"594918104\",03783310;\n\n  US0378331005\t'17275R102'";
        let expected = [
            "037833100",
            "594918104",
            "03783310",
            "US0378331005",
            "17275R102",
        ];
        assert_eq!(split(list.as_bytes()), expected);
    }
}
