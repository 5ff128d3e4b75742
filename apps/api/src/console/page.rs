//! The frame of every page: head, navigation, and the components that several pages use.

use axum::response::{Html, IntoResponse as _, Response};
use cusip_jobs::{FileStatus, JobStatus};
use http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::assets;
use super::session::Session;
use super::wording;

/// The part of the console that a page belongs to, which the navigation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Today,
    Jobs,
    Search,
    Changes,
    /// Pages outside the navigation.
    Elsewhere,
}

const NAVIGATION: [(Section, &str, &str); 4] = [
    (Section::Today, "/console", "Today"),
    (Section::Jobs, "/console/jobs", "Jobs"),
    (Section::Search, "/console/search", "Search"),
    (Section::Changes, "/console/changes", "Changes"),
];

/// Returns a page for a user who has signed in.
pub(super) fn page(session: &Session, section: Section, title: &str, content: &Markup) -> Response {
    let bar = html! {
        nav aria-label="Pages" {
            @for (of, path, name) in NAVIGATION {
                a href=(path) aria-current=[(of == section).then_some("page")] { (name) }
            }
        }
        form.signed-in method="post" action="/console/sign-out" {
            (session.csrf_field())
            @if !session.may_load() {
                span.rights title="This token may look, but not load" { "Read only" }
            }
            button.quiet type="submit" { "Sign out" }
        }
    };
    document(title, &bar, content)
}

/// Returns a page for a user who has not signed in.
pub(super) fn public_page(status: StatusCode, title: &str, content: &Markup) -> Response {
    let mut response = document(title, &html! {}, content);
    *response.status_mut() = status;
    response
}

fn document(title: &str, bar: &Markup, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · CusipService" }
                link rel="icon" type="image/svg+xml" href=(assets::ICON);
                link rel="stylesheet" href=(assets::style_path());
                script src=(assets::script_path()) defer {}
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header.bar {
                    a.brand href="/console" { span.mark aria-hidden="true" {} "CusipService" }
                    (bar)
                }
                main #content tabindex="-1" { (content) }
            }
        }
    };
    Html(page.into_string()).into_response()
}

/// Shows a status with a symbol, so that it does not depend on colors.
pub(super) fn job_status(status: JobStatus) -> Markup {
    let (class, symbol) = match status {
        JobStatus::Running => ("running", "●"),
        JobStatus::Succeeded => ("good", "✓"),
        JobStatus::Failed => ("bad", "✕"),
        JobStatus::Interrupted => ("bad", "!"),
        _ => ("neutral", "–"),
    };
    badge(class, symbol, wording::job_status(status))
}

/// Shows the status of a file.
pub(super) fn file_status(status: FileStatus) -> Markup {
    let (class, symbol) = match status {
        FileStatus::Running => ("running", "●"),
        FileStatus::Succeeded => ("good", "✓"),
        FileStatus::Failed | FileStatus::Interrupted => ("bad", "✕"),
        _ => ("neutral", "–"),
    };
    badge(class, symbol, wording::file_status(status))
}

/// Shows a word with a symbol in a color.
pub(super) fn badge(class: &str, symbol: &str, word: &str) -> Markup {
    html! {
        span.badge.(class) { span aria-hidden="true" { (symbol) } " " (word) }
    }
}

/// Shows a name and its value in a list of facts.
pub(super) fn fact(name: &str, value: impl maud::Render) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// Shows a time of the job log, with the exact instant as its title.
pub(super) fn time(instant: &str, zone: chrono_tz::Tz) -> Markup {
    html! { time datetime=(instant) title=(instant) { (wording::instant(instant, zone)) } }
}
