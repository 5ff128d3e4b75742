//! The page of a security: everything that is known about it, its issuer's other issues, and its history.

mod fields;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use cusip_jobs::{RecordChange, SearchHit, Security, State as DatabaseState};
use cusip_pif::{Cusip, Date, FileKind};
use maud::{Markup, html};
use serde::Deserialize;

use self::fields::fields;
use super::changes::field_changes;
use super::page::{self, Section, badge};
use super::search::{self, Reasons};
use super::session::Session;
use super::wording::{self, visible};
use crate::problem::{Code, Problem};
use crate::query_string::{Query, filled};
use crate::state::AppState;

const MOST_OTHER_ISSUES: u32 = 12;
const MOST_VERSIONS: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SecurityQuery {
    #[serde(deserialize_with = "filled")]
    as_of: Option<Date>,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/console/securities/{id}", get(show))
}

async fn show(
    State(service): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Query(SecurityQuery { as_of }): Query<SecurityQuery>,
) -> Result<Response, Problem> {
    let cusip = Cusip::parse_loosely(&id)
        .map_err(|error: cusip_pif::InvalidCusip| Problem::bad_request(error.to_string()))?;
    let (state, found) = match as_of {
        None => (None, service.lookups.records(cusip).await?),
        Some(day) => {
            let (state, found) = service.lookups.past_records(cusip, day).await?;
            (Some(state), found)
        }
    };
    let security = found.ok_or_else(|| {
        let when = state
            .map(|state| format!(" after job {}", state.job))
            .unwrap_or_default();
        Problem::new(
            Code::SecurityNotFound,
            format!("the security {cusip} does not exist{when}"),
        )
    })?;
    let history = service
        .lookups
        .newest_versions(cusip, MOST_VERSIONS)
        .await?;
    let issuer_num = cusip.issuer_num().to_string();
    let others = service
        .lookups
        .search_for_page(&issuer_num, MOST_OTHER_ISSUES + 1)
        .await?;
    let others: Vec<_> = others
        .into_iter()
        .filter(|hit| hit.cusip != security.cusip)
        .collect();
    let title = format!("{} {}", text(&security, "issuer_name"), security.cusip);
    let content = html! {
        p.path { a href="/console/search" { "Search" } }
        (heading(&security))
        (as_of_form(&security, as_of, state.as_ref()))
        div.records {
            (record("Issue", FileKind::Issue, &security.issue))
            (record("Issuer", FileKind::Issuer, &security.issuer))
            @if let Some(attribute) = &security.issue_attribute {
                (record("Attributes", FileKind::IssueAttribute, attribute))
            }
        }
        (other_issues(&issuer_num, &others))
        (timeline(&history))
    };
    Ok(page::page(
        &session,
        Section::Search,
        &visible(&title),
        &content,
    ))
}

fn text<'a>(security: &'a Security, column: &str) -> &'a str {
    let maps = [
        Some(&security.issue),
        Some(&security.issuer),
        security.issue_attribute.as_ref(),
    ];
    let mut values = maps
        .into_iter()
        .flatten()
        .filter_map(|map| map.get(column)?.as_str());
    values.next().unwrap_or_default()
}

fn heading(security: &Security) -> Markup {
    let country = text(security, "domicile_code");
    let isin = Cusip::parse_loosely(&security.cusip)
        .ok()
        .and_then(|cusip| cusip.to_isin(country));
    let ticker = text(security, "ticker_symbol");
    let status = text(security, "issue_status_desc");
    html! {
        div.heading {
            h1 { (visible(text(security, "issuer_name"))) @if !status.is_empty() { " " (badge("neutral", "●", &visible(status))) } }
        }
        p.security {
            strong { (visible(text(security, "issue_description"))) }
            span { "CUSIP " code { (visible(&security.cusip)) } }
            @if let Some(isin) = isin { span { "ISIN " code { (isin) } } }
            @if !ticker.is_empty() { span { "Ticker " code { (visible(ticker)) } } }
        }
    }
}

fn as_of_form(security: &Security, day: Option<Date>, state: Option<&DatabaseState>) -> Markup {
    let path = search::security_path(&security.cusip);
    html! {
        form.filter method="get" action=(path) {
            div {
                label for="as_of" { "As of the end of" }
                input #as_of type="date" name="as_of" value=[day];
            }
            button type="submit" { "Show" }
            @if state.is_some() { a.button href=(path) { "Show today" } }
        }
        @if let Some(state) = state {
            p.notice role="status" {
                "This is the state after " a href={ "/console/jobs/" (state.job) } { "job " (state.job) }
                @if let Some(date) = state.date { ", which brought " (date) } "."
            }
        }
    }
}

fn record(title: &str, kind: FileKind, map: &serde_json::Map<String, serde_json::Value>) -> Markup {
    html! {
        section.card.all[kind == FileKind::IssueAttribute] {
            h2 { (title) }
            dl.facts { @for field in fields(kind, map) { (field) } }
        }
    }
}

fn other_issues(issuer_num: &str, others: &[SearchHit]) -> Markup {
    html! {
        section aria-labelledby="others-title" {
            div.heading {
                h2 #others-title { "Other issues of the issuer" }
                @if others.len() >= MOST_OTHER_ISSUES as usize { a href={ "/console/search?q=" (percent_encoding::utf8_percent_encode(issuer_num, percent_encoding::NON_ALPHANUMERIC)) } { "More" } }
            }
            @if others.is_empty() { p.empty { "There are none." } } @else { (search::table(others, Reasons::Hidden)) }
        }
    }
}

fn timeline(history: &[RecordChange]) -> Markup {
    html! {
        section aria-labelledby="history-title" {
            h2 #history-title { "History" }
            @if history.is_empty() { p.empty { "There is no history." } }
            ol.timeline {
                @for change in history {
                    li {
                        p {
                            strong { @match change.date { Some(date) => (date), None => "Before the first day" } }
                            " " span { (wording::kind_of_one(change.kind)) " " (wording::change(change.change)) }
                            " by " a href={ "/console/jobs/" (change.job) } { "job " (change.job) }
                            @if change.until.is_none() { " " (badge("good", "✓", "current")) }
                        }
                        (field_changes(change))
                    }
                }
            }
            @if history.len() == MOST_VERSIONS { p.hint { "Older versions are not shown." } }
        }
    }
}
