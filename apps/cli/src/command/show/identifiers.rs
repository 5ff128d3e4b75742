//! The identifiers to show: where they come from, and why some have no security.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use cusip_jobs::State;
use cusip_pif::{Cusip, Identifier};
use cusip_postgres::Database;
use serde::Serialize;

use crate::arguments::ShowArguments;
use crate::command::STANDARD_INPUT;
use crate::command::identifier_list::read_list;
use crate::exit::UsageError;
use crate::output::shown_state;

const NOTHING_ASKED: &str =
    "enter CUSIPs or ISINs, name a file of them with --file, or pipe them to standard input";

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
        Some(path) => read_list(path)?,
        None if io::stdin().is_terminal() => Vec::new(),
        None => read_list(Path::new(STANDARD_INPUT))?,
    };
    if identifiers.is_empty() {
        return Err(UsageError(NOTHING_ASKED.to_owned()).into());
    }
    Ok(identifiers)
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
        is_number.then(|| Cusip::parse_loosely(&format!("{identifier:0>8}")).ok())?
    })
}
