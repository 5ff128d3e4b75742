//! Searching for securities.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use cusip_jobs::SearchHit;
use maud::{Markup, html};
use serde::Deserialize;

use super::page::{self, Section};
use super::session::Session;
use super::wording::visible;
use crate::problem::Problem;
use crate::query_string::{Query, search_words};
use crate::state::AppState;

const MOST_HITS: u32 = 50;
/// The reason of a hit whose identifier was searched for.
const BY_IDENTIFIER: &str = "identifier";
/// The reasons of hits that are found only if nothing has all words.
const INEXACT: [&str; 2] = ["similar issuer name", "some words"];

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SearchQuery {
    #[serde(deserialize_with = "search_words")]
    q: Option<String>,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/console/search", get(show))
}

async fn show(
    State(service): State<AppState>,
    session: Session,
    Query(query): Query<SearchQuery>,
) -> Result<Response, Problem> {
    let words = query.q.as_deref().unwrap_or_default().trim();
    let hits = if words.is_empty() {
        Vec::new()
    } else {
        service.lookups.search_for_page(words, MOST_HITS).await?
    };
    if let [only] = hits.as_slice()
        && only.reason == BY_IDENTIFIER
    {
        return Ok(Redirect::to(&security_path(&only.cusip)).into_response());
    }
    let content = html! {
        h1 { "Search" }
        form.search method="get" action="/console/search" role="search" {
            label for="q" { "CUSIP, ISIN, ticker, issuer, or any words of the security" }
            div {
                input #q type="search" name="q" value=(words) autocomplete="off" autofocus[words.is_empty()];
                button.primary type="submit" { "Search" }
            }
        }
        @if !words.is_empty() { (results(words, &hits)) }
    };
    Ok(page::page(&session, Section::Search, "Search", &content))
}

fn results(words: &str, hits: &[SearchHit]) -> Markup {
    let is_guess = |hit: &SearchHit| INEXACT.contains(&hit.reason.as_str());
    let are_guesses = hits.iter().any(is_guess);
    html! {
        p.hint role="status" {
            @if hits.is_empty() { "Nothing matches “" (visible(words)) "”. Try fewer words, or only their beginnings." }
            @else if are_guesses { "Nothing has all of these words. These securities come closest:" }
            @else if hits.len() == MOST_HITS as usize { "The best " (MOST_HITS) " matches" }
            @else { "Found: " (hits.len()) }
        }
        @if !hits.is_empty() { (table(hits, Reasons::Shown)) }
    }
}

/// Whether a table says why a security was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reasons {
    Shown,
    Hidden,
}

/// Shows securities as a table.
pub(super) fn table(hits: &[SearchHit], reasons: Reasons) -> Markup {
    let has_reasons = reasons == Reasons::Shown;
    html! {
        table.hits {
            thead {
                tr {
                    th scope="col" { "CUSIP" }
                    th scope="col" { "Issuer" }
                    th scope="col" { "Issue" }
                    th.medium scope="col" { "Ticker" }
                    th.wide scope="col" { "ISIN" }
                    @if has_reasons { th.wide scope="col" { "Found by" } }
                }
            }
            tbody {
                @for hit in hits {
                    tr {
                        td { a.cusip href=(security_path(&hit.cusip)) { (visible(&hit.cusip)) } }
                        td { (shown(hit.issuer_name.as_deref())) }
                        td { (shown(hit.issue_description.as_deref())) }
                        td.medium { (shown(hit.ticker_symbol.as_deref())) }
                        td.wide { span.cusip { (shown(hit.isin.as_deref())) } }
                        @if has_reasons { td.wide { (visible(&hit.reason)) } }
                    }
                }
            }
        }
    }
}

/// Returns the path of a security's page.
pub(super) fn security_path(cusip: &str) -> String {
    let cusip = percent_encoding::utf8_percent_encode(cusip, percent_encoding::NON_ALPHANUMERIC);
    format!("/console/securities/{cusip}")
}

fn shown(value: Option<&str>) -> String {
    visible(value.unwrap_or("–"))
}
