//! The first page: whether the day is loaded, and how the last thirty days went.

mod charts;
mod strip;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::get;
use cusip_jobs::{Job, JobStatus};
use cusip_pif::{Date, FileKind};
use cusip_postgres::{JobFilter, LastLoad, LoadedDay};
use maud::{Markup, html};

use super::jobs;
use super::live;
use super::page::{self, Section, badge, file_status};
use super::session::Session;
use super::wording::{self, day_after, is_business_day, long_day, number};
use crate::problem::Problem;
use crate::query_string::refuse_query;
use crate::state::{AppState, Service};

/// How many days the page shows.
const DAYS: i64 = 30;
const LATEST_JOBS: u32 = 6;

/// What the page shows.
struct Overview {
    today: Date,
    /// The latest day for which files should be there: today, or Friday on a weekend.
    expected: Date,
    /// The days that have jobs.
    days: Vec<LoadedDay>,
    last_loads: Vec<LastLoad>,
    jobs: Vec<Job>,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/console", get(show))
        .route_layer(from_fn(refuse_query))
}

async fn show(State(service): State<AppState>, session: Session) -> Result<Response, Problem> {
    let overview = Overview::read(&service).await?;
    let content = overview.content(&service, &session);
    Ok(page::page(&session, Section::Today, "Today", &content))
}

impl Overview {
    async fn read(service: &Service) -> Result<Self, Problem> {
        let today = service.today();
        let business_days = (0..7).map(|days| day_after(today, -days));
        let expected = business_days.into_iter().find(|day| is_business_day(*day));
        // Marks dead jobs as interrupted, so it comes before the days.
        let jobs = service
            .job_log
            .jobs(&JobFilter::default(), LATEST_JOBS)
            .await?;
        // Files of tomorrow may be here already if the server's time zone is behind the vendor's.
        let days = service
            .job_log
            .loaded_days(day_after(today, 1 - DAYS), today)
            .await?;
        Ok(Self {
            today,
            expected: expected.unwrap_or(today),
            days,
            last_loads: service.last_loads.get().await,
            jobs,
        })
    }

    /// Returns all days that the page shows, in order.
    fn calendar(&self) -> impl Iterator<Item = Date> {
        let today = self.today;
        (0..DAYS).rev().map(move |days| day_after(today, -days))
    }

    fn day(&self, date: Date) -> Option<&LoadedDay> {
        self.days.iter().find(|day| day.date == date)
    }

    fn content(&self, service: &Service, session: &Session) -> Markup {
        let running = self
            .jobs
            .iter()
            .find(|job| job.status == JobStatus::Running);
        html! {
            (self.failures())
            div.heading {
                h1 { (long_day(self.expected)) }
                @if session.may_load() { a.button href="/console/jobs#load" { "Load a day" } }
            }
            (self.answer())
            div.tiles { @for kind in FileKind::ALL { (self.tile(kind)) } }
            @if let Some(job) = running { (live::running_job(job)) }
            (self.strip())
            @if !self.days.is_empty() { (self.charts()) }
            section aria-labelledby="latest-title" {
                div.heading {
                    h2 #latest-title { "Latest jobs" }
                    a href="/console/jobs" { "All jobs" }
                }
                @if self.jobs.is_empty() {
                    p.empty { "There are no jobs yet." }
                } @else {
                    (jobs::table(&self.jobs, service))
                }
            }
        }
    }

    /// Says which other days of the last week need attention: their last load failed.
    fn failures(&self) -> Markup {
        let week = day_after(self.today, -7);
        let failed = self.days.iter().rev().filter(|day| {
            day.date != self.expected && day.date > week && has_failed(day.last_status)
        });
        html! {
            @for day in failed {
                @let loaded = loaded_kinds(day);
                p.notice.bad role="alert" {
                    strong { "The last load of " (long_day(day.date)) " " (failure(day.last_status)) "." } " "
                    @match loaded {
                        0 => "Nothing of it is loaded. ",
                        _ => "What was loaded before stays. ",
                    }
                    a href={ "/console/jobs/" (day.last_job) } { "See job " (day.last_job) }
                }
            }
        }
    }

    /// Answers the question of every morning: is the day loaded?
    fn answer(&self) -> Markup {
        let day = self.day(self.expected);
        let loaded = day.map_or(0, loaded_kinds);
        let job = day.map(|day| (day.last_job, day.last_status));
        let (class, sentence) = match (loaded, job) {
            (3, Some((_, status))) if has_failed(status) => (
                "warning",
                "All three files are loaded, but the last load failed. What was loaded before stays.",
            ),
            (3, _) => ("good", "All three files are loaded."),
            (_, Some((_, JobStatus::Running))) => ("neutral", "The day is being loaded."),
            (1 | 2, Some((_, status))) if has_failed(status) => (
                "bad",
                "Only some of the files are loaded, and the last load failed.",
            ),
            (1 | 2, _) => ("warning", "Only some of the files are loaded."),
            (_, None) => ("neutral", "Not loaded yet."),
            (_, Some((_, JobStatus::Failed))) => {
                ("bad", "The last load failed, and nothing is loaded.")
            }
            (_, Some((_, JobStatus::Cancelled))) => (
                "warning",
                "The last load was canceled, and nothing is loaded.",
            ),
            _ => (
                "bad",
                "The last load was interrupted, and nothing is loaded.",
            ),
        };
        html! {
            p.notice.(class).answer {
                strong { (sentence) }
                @if let Some((job, _)) = job { " " a href={ "/console/jobs/" (job) } { "See job " (job) } }
                @if self.expected != self.today { span.hint { "No files are expected on a weekend." } }
            }
        }
    }

    fn tile(&self, kind: FileKind) -> Markup {
        let day = self.day(self.expected);
        let file = day.and_then(|day| day.files.iter().find(|file| file.kind == kind));
        let last = self.last_loads.iter().find(|last| last.kind == kind);
        html! {
            section.card.tile aria-label=(wording::kind(kind)) {
                div.heading {
                    h2 { (wording::kind(kind)) }
                    @match file {
                        Some(file) => (file_status(file.status)),
                        None => (badge("neutral", "○", "Not loaded")),
                    }
                }
                @if let Some(file) = file {
                    p.figure { b { (number(file.counts.read)) } " read" }
                    p.numbers {
                        span { (number(file.counts.inserted)) " inserted" }
                        span { (number(file.counts.updated)) " updated" }
                        @if file.counts.rejected > 0 {
                            a.bad href={ "/console/jobs/" (file.job) "#rejects" } { (number(file.counts.rejected)) " rejected" }
                        }
                    }
                } @else {
                    p.figure { b { "–" } }
                }
                p.hint {
                    @match last {
                        None => "Never loaded",
                        Some(last) => {
                            "Newest day " @if let Some(day) = last.newest_day { (day) } @else { "unknown" }
                            ", loaded " (wording::duration(last.seconds_ago)) " ago"
                        }
                    }
                }
            }
        }
    }
}

/// Returns how many of a day's files are loaded.
fn loaded_kinds(day: &LoadedDay) -> usize {
    let kinds = FileKind::ALL.into_iter();
    kinds.filter(|kind| day.loaded(*kind).is_some()).count()
}

/// Returns whether a job ended without its files and no one wanted that.
const fn has_failed(status: JobStatus) -> bool {
    matches!(status, JobStatus::Failed | JobStatus::Interrupted)
}

const fn failure(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Interrupted => "was interrupted",
        _ => "failed",
    }
}
