//! What the loads of a day changed.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use cusip_jobs::{ChangeCount, ChangeCursor, ChangeKind, RecordChange};
use cusip_pif::{Date, FileKind};
use maud::{Markup, html};
use serde::Deserialize;

use super::page::{self, Section};
use super::problem_page::sentence;
use super::search::security_path;
use super::session::Session;
use super::wording::{self, number, visible};
use crate::lookups::DayChanges;
use crate::problem::Problem;
use crate::query_string::{Query, filled};
use crate::state::AppState;

const CHANGES_ON_A_PAGE: u32 = 50;
/// How many changed fields of a kind are counted on the page: those that changed most often.
const MOST_FIELDS: usize = 8;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChangesQuery {
    #[serde(deserialize_with = "filled")]
    date: Option<Date>,
    #[serde(deserialize_with = "filled")]
    after: Option<ChangeCursor>,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/console/changes", get(show))
}

async fn show(
    State(service): State<AppState>,
    session: Session,
    Query(ChangesQuery { date, after }): Query<ChangesQuery>,
) -> Result<Response, Problem> {
    let day = match date {
        Some(_) => date,
        None => service
            .lookups
            .current_state()
            .await?
            .and_then(|state| state.date),
    };
    let found = match day {
        None => Err("nothing has been loaded yet".to_owned()),
        Some(day) => {
            let limit = CHANGES_ON_A_PAGE + 1;
            service
                .lookups
                .changes_of_day(day, after.as_ref(), limit)
                .await?
        }
    };
    let shown = day.map(|day| day.to_string()).unwrap_or_default();
    let content = html! {
        h1 { "Changes" @if let Some(day) = day { " of " (wording::long_day(day)) } }
        form.filter method="get" action="/console/changes" {
            div {
                label for="date" { "Day" }
                input #date type="date" name="date" value=(shown);
            }
            button type="submit" { "Show" }
        }
        @match &found {
            Err(reason) => p.notice role="status" { (sentence(reason)) },
            Ok(found) => (changes(&shown, found, after.is_some())),
        }
    };
    Ok(page::page(&session, Section::Changes, "Changes", &content))
}

fn changes(day: &str, found: &DayChanges, is_later_page: bool) -> Markup {
    let page = &found.changes[..found.changes.len().min(CHANGES_ON_A_PAGE as usize)];
    let has_more = found.changes.len() > page.len();
    html! {
        p.hint {
            "Compared with the state after "
            @if found.range.after.0 > 0 { a href={ "/console/jobs/" (found.range.after) } { "job " (found.range.after) } } @else { "nothing" }
            ", up to " a href={ "/console/jobs/" (found.range.upto) } { "job " (found.range.upto) } "."
        }
        @if !is_later_page {
            div.tiles { @for kind in FileKind::ALL { (summary(kind, &found.counts)) } }
        }
        @if page.is_empty() { p.empty { "Nothing changed." } }
        ol.timeline.changes {
            @for change in page {
                li {
                    p {
                        strong { (wording::kind_of_one(change.kind)) " " (record_link(change)) }
                        " " (wording::change(change.change)) " by "
                        a href={ "/console/jobs/" (change.job) } { "job " (change.job) }
                    }
                    (field_changes(change))
                }
            }
        }
        @if has_more && let Some(last) = page.last() {
            @let cursor = ChangeCursor::of(last).to_string();
            p { a.button rel="next" href={ "/console/changes?date=" (day) "&after=" (percent_encoding::utf8_percent_encode(&cursor, percent_encoding::NON_ALPHANUMERIC)) } { "More changes" } }
        }
    }
}

fn summary(kind: FileKind, counts: &[ChangeCount]) -> Markup {
    let of_kind = || counts.iter().filter(move |count| count.kind == kind);
    let records = of_kind().filter(|count| count.field.is_none());
    let fields: Vec<_> = of_kind()
        .filter_map(|count| Some((count.field.as_deref()?, count.count)))
        .take(MOST_FIELDS)
        .collect();
    html! {
        section.card.tile aria-label=(wording::kind(kind)) {
            h2 { (wording::kind(kind)) }
            @if of_kind().next().is_none() { p.empty { "No changes" } }
            p.figures { @for count in records { span { b { (number(count.count)) } " " (wording::change(count.change)) } } }
            @if !fields.is_empty() {
                p.hint { "Changed fields" }
                ul.rules { @for (field, count) in fields { li { code { (field) } " " b { (number(count)) } } } }
            }
        }
    }
}

/// Links to the record's security, or to the issues of an issuer.
fn record_link(change: &RecordChange) -> Markup {
    let key = format!(
        "{}{}",
        change.issuer_num,
        change.issue_num.as_deref().unwrap_or_default()
    );
    let path = match change.issue_num {
        Some(_) => security_path(&key),
        None => {
            let key =
                percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC);
            format!("/console/search?q={key}")
        }
    };
    html! { a.cusip href=(path) { (visible(&key)) } }
}

/// Shows the fields that changed, old and new value. Of a new record, only how many fields it has.
pub(super) fn field_changes(change: &RecordChange) -> Markup {
    if change.change != ChangeKind::Changed {
        return html! { p.hint { (change.fields.len()) " fields have a value" } };
    }
    html! {
        dl.differences {
            @for field in &change.fields {
                div {
                    dt { code { (visible(&field.name)) } }
                    dd {
                        @match &field.from { Some(from) => del { (visible(from)) }, None => span.hint { "empty" } }
                        span.arrow { " → " }
                        @match &field.to { Some(to) => ins { (visible(to)) }, None => span.hint { "empty" } }
                    }
                }
            }
        }
    }
}
