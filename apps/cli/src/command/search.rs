//! `cusip search`: securities by words, ticker or identifier.

use cusip_config::OpenDatabase;
use cusip_jobs::SearchHit;
use cusip_pif::{Identifier, InvalidCusip};
use serde_json::{Map, Value, json};

use crate::arguments::SearchArguments;
use crate::exit::{ExitStatus, UsageError};
use crate::output::{Output, Rows};

const COLUMNS: [&str; 5] = [
    "cusip",
    "ticker_symbol",
    "issuer_name",
    "issue_description",
    "underwriter",
];
const EXPLAINED_COLUMNS: [&str; 6] = [
    "cusip",
    "ticker_symbol",
    "issuer_name",
    "issue_description",
    "reason",
    "found_in",
];

const SIMILAR_NAME: &str = "similar issuer name";
const SOME_WORDS: &str = "some words";

pub(super) async fn run(
    arguments: &SearchArguments,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let words = arguments.text.join(" ");
    if words.trim().is_empty() {
        return Err(UsageError("enter at least one word to search for".to_owned()).into());
    }
    let opened = OpenDatabase::open(&arguments.database).await?;
    let limit = arguments.limit.get();
    // One more than is shown, to see whether there are more.
    let found = opened.database.search(&words, limit.saturating_add(1));
    let mut hits = found.await?;
    opened.close()?;
    let more = hits.len() > limit as usize;
    hits.truncate(limit as usize);
    show(&words, &hits, more, arguments.explain, output)?;
    for message in messages(&words, &hits, more, limit) {
        output.message(&message);
    }
    Ok(if hits.is_empty() {
        ExitStatus::Failed
    } else {
        ExitStatus::Done
    })
}

fn show(
    words: &str,
    hits: &[SearchHit],
    more: bool,
    explain: bool,
    output: &Output,
) -> anyhow::Result<()> {
    if output.is_json() {
        return output.document(&json!({"query": words, "results": hits, "more": more}));
    }
    let columns = if explain {
        EXPLAINED_COLUMNS.as_slice()
    } else {
        &COLUMNS
    };
    let mut rows = Rows::new(output, columns);
    for hit in hits {
        rows.row(row(hit)?)?;
    }
    rows.end()
}

/// Returns the hit as a flat row.
fn row(hit: &SearchHit) -> anyhow::Result<Map<String, Value>> {
    let mut row: Map<String, Value> = serde_json::from_value(serde_json::to_value(hit)?)?;
    row.insert("found_in".to_owned(), hit.found_in.join(", ").into());
    Ok(row)
}

/// Adds what the hits do not show: that there are none, that there are more, or that they are a guess.
fn messages(words: &str, hits: &[SearchHit], more: bool, limit: u32) -> Vec<String> {
    let mut messages = Vec::new();
    match hits.first() {
        None => messages.push(nothing_found(words)),
        Some(hit) if hit.reason == SIMILAR_NAME => messages.push(format!(
            "no security has all words of {words:?}; these issuers have similar names"
        )),
        Some(hit) if hit.reason == SOME_WORDS => messages.push(format!(
            "no security has all words of {words:?}; these have some of them"
        )),
        Some(hit) if hit.reason == "leading zeros added" => messages.push(format!(
            "{words} may have lost leading zeros; {} has them",
            hit.cusip
        )),
        Some(_) => {}
    }
    if more {
        messages.push(format!(
            "showing the best {limit}; use --limit to show more"
        ));
    }
    messages
}

/// Returns the message for no hits, with the reason if the words look like an identifier.
///
/// Many names have as many letters as an identifier, but no digits.
fn nothing_found(words: &str) -> String {
    let is_number = words.bytes().any(|byte| byte.is_ascii_digit());
    match words.parse::<Identifier>() {
        Ok(Identifier::Security(cusip)) if is_number => format!("there is no security {cusip}"),
        Ok(Identifier::Issuer(issuer)) if is_number => format!("there is no issuer {issuer}"),
        Err(error) if is_number && !matches!(error, InvalidCusip::Form(_)) => error.to_string(),
        _ if is_too_long(words) => {
            "a search takes at most 1,000 characters and 32 words; try fewer words".to_owned()
        }
        _ => format!(
            "no security has all words of {words:?}, and no issuer a similar name; try fewer words"
        ),
    }
}

/// Returns whether the words are more than the database searches for.
fn is_too_long(words: &str) -> bool {
    let is_separator = |character: char| !character.is_alphanumeric();
    let pieces = (words.split(is_separator)).filter(|piece| !piece.is_empty());
    words.chars().count() > 1_000 || pieces.count() > 32
}
