//! `cusip search`: securities by words, or by identifier.

use cusip_config::OpenDatabase;
use cusip_pif::{Cusip, InvalidCusip};
use serde_json::json;

use crate::arguments::SearchArguments;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Align, Output, table};

pub(super) async fn run(
    arguments: &SearchArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let words = arguments.text.join(" ");
    if words.trim().is_empty() {
        return Err(UsageError("enter at least one word to search for".to_owned()).into());
    }
    let opened = OpenDatabase::open(&arguments.database).await?;
    // One more than is shown, to see whether there are more.
    let limit = arguments.limit.get();
    let mut hits = opened
        .database
        .search(&words, limit.saturating_add(1))
        .await?;
    opened.close()?;
    if hits.len() > limit as usize {
        hits.truncate(limit as usize);
        output.message(&format!(
            "showing the best {limit}; use --limit to show more"
        ));
    }
    if output.is_json() {
        output.document(&json!({"query": words, "results": hits}))?;
    } else if hits.is_empty() {
        output.message(&nothing_found(&words));
    } else {
        let columns = [
            "cusip",
            "ticker",
            "found in",
            "issuer",
            "description",
            "underwriter",
        ];
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let rows: Vec<_> = (hits.iter())
            .map(|hit| {
                vec![
                    hit.cusip.clone(),
                    text(&hit.ticker_symbol),
                    hit.match_type.clone(),
                    text(&hit.issuer_name),
                    text(&hit.issue_description),
                    text(&hit.underwriter),
                ]
            })
            .collect();
        output.text(&table(&columns.map(|name| (name, Align::Left)), &rows))?;
    }
    Ok(ExitStatus::Done)
}

/// Returns the message for no hits, with the reason if the words look like an identifier.
///
/// Many names have as many letters as an identifier, but no digits.
fn nothing_found(words: &str) -> String {
    let is_number = words.bytes().any(|byte| byte.is_ascii_digit());
    match words.parse::<Cusip>() {
        Ok(cusip) if is_number => format!("there is no security {cusip}"),
        Err(error) if is_number && !matches!(error, InvalidCusip::Form(_)) => error.to_string(),
        _ => format!(
            "no security matches all words of {words:?} in its issuer, its issue or its attributes"
        ),
    }
}
