//! The list of jobs, and the form that loads a day.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use cusip_config::today;
use cusip_jobs::{Job, JobId, JobKind, JobStatus};
use cusip_pif::Date;
use cusip_postgres::JobFilter;
use maud::{Markup, html};
use serde::Deserialize;
use std::time::Duration;

use super::form::Form;
use super::live;
use super::load_form::LoadForm;
use super::page::{self, Section, job_status};
use super::problem_page::sentence;
use super::session::Session;
use super::wording::{self, number, visible};
use crate::caller::CallerOf;
use crate::problem::{Code, Problem};
use crate::query_string::{Query, filled};
use crate::state::{AppState, Service};

const JOBS_ON_A_PAGE: u32 = 50;

/// Which jobs to list. Fields of the form that are empty do not restrict the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    #[serde(deserialize_with = "filled")]
    status: Option<JobStatus>,
    #[serde(deserialize_with = "filled")]
    kind: Option<JobKind>,
    #[serde(deserialize_with = "filled")]
    date: Option<Date>,
    #[serde(deserialize_with = "filled")]
    before: Option<i64>,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/console/jobs", get(list).post(load))
}

async fn list(
    State(service): State<AppState>,
    session: Session,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let form = LoadForm::new(service.today().to_string(), &service.load_defaults);
    show(&service, &session, &query, &form, None).await
}

/// Starts a load, and shows its job.
async fn load(
    State(service): State<AppState>,
    session: Session,
    CallerOf(caller): CallerOf,
    Form(form): Form<LoadForm>,
) -> Result<Response, Problem> {
    session.require_load_rights()?;
    session.check_form(form.csrf.as_deref())?;
    if service.shutdown.has_begun() {
        return Err(Problem::shutting_down());
    }
    let started = match form.params(&service.load_defaults) {
        Ok(params) => service.loads.load(&params, caller, Duration::ZERO).await,
        Err(problem) => Err(problem),
    };
    match started {
        Ok(job) => Ok(Redirect::to(&format!("/console/jobs/{job}")).into_response()),
        Err(problem) => {
            let wrong = match problem.code() {
                Code::Busy => "Another load is running. Try again when it has ended, or cancel it on the page of its job.".to_owned(),
                _ => sentence(problem.detail()),
            };
            let mut response = show(
                &service,
                &session,
                &ListQuery::default(),
                &form,
                Some(&wrong),
            )
            .await?;
            *response.status_mut() = problem.code().status();
            Ok(response)
        }
    }
}

async fn show(
    service: &Service,
    session: &Session,
    query: &ListQuery,
    form: &LoadForm,
    wrong: Option<&str>,
) -> Result<Response, Problem> {
    let filter = JobFilter {
        before: query.before.map(JobId),
        status: query.status,
        kind: query.kind,
        date: query.date,
    };
    // One more than the page holds shows whether there is a next page.
    let mut jobs = service.job_log.jobs(&filter, JOBS_ON_A_PAGE + 1).await?;
    let has_more = jobs.len() > JOBS_ON_A_PAGE as usize;
    jobs.truncate(JOBS_ON_A_PAGE as usize);
    let running = jobs.iter().find(|job| job.status == JobStatus::Running);
    let load_form = html! {
        @if session.may_load() {
            section #load aria-labelledby="load-title" {
                h2 #load-title { "Load a day" }
                (form.show(session, "Load", wrong))
            }
        }
    };
    let content = html! {
        div.heading {
            h1 { "Jobs" }
            @if session.may_load() {
                a.button.primary href="#load" { "Load a day" }
            }
        }
        @if let Some(job) = running { (live::running_job(job)) }
        // What is wrong with the form must not be below the list.
        @if wrong.is_some() { (load_form) }
        (filter_form(query))
        @if jobs.is_empty() {
            p.empty { "No job matches. " a href="/console/jobs" { "Show all jobs" } }
        } @else {
            (table(&jobs, service))
        }
        @if has_more && let Some(last) = jobs.last() {
            p { a.button href=(next_page(query, last.id)) rel="next" { "Older jobs" } }
        }
        @if wrong.is_none() { (load_form) }
    };
    Ok(page::page(session, Section::Jobs, "Jobs", &content))
}

fn filter_form(query: &ListQuery) -> Markup {
    html! {
        form.filter method="get" action="/console/jobs" role="search" aria-label="Filter jobs" {
            div {
                label for="filter-status" { "Status" }
                select #filter-status name="status" {
                    option value="" { "Any" }
                    @for status in JobStatus::ALL {
                        option value=(status) selected[query.status == Some(*status)] { (wording::job_status(*status)) }
                    }
                }
            }
            div {
                label for="filter-kind" { "Files" }
                select #filter-kind name="kind" {
                    option value="" { "Any" }
                    @for kind in JobKind::ALL {
                        option value=(kind) selected[query.kind == Some(*kind)] { (wording::job_kind(*kind)) }
                    }
                }
            }
            div {
                label for="filter-date" { "Day" }
                input #filter-date type="date" name="date" value=[query.date];
            }
            button type="submit" { "Filter" }
        }
    }
}

/// Shows jobs as a table. Narrow screens leave out what is also on the page of a job.
pub(super) fn table(jobs: &[Job], service: &Service) -> Markup {
    let today = service.today();
    let zone = service.load_defaults.timezone;
    html! {
        table.jobs {
            thead {
                tr {
                    th scope="col" { "Job" }
                    th scope="col" { "Day" }
                    th scope="col" { "Status" }
                    th.wide scope="col" { "Files" }
                    th.number.wide scope="col" { "Read" }
                    th.number.medium scope="col" { "Changed" }
                    th.number scope="col" { "Rejected" }
                    th.number.wide scope="col" { "Took" }
                    th.wide scope="col" { "Started" }
                    th.wide scope="col" { "By" }
                }
            }
            tbody {
                @for job in jobs {
                    tr {
                        td { a href={ "/console/jobs/" (job.id) } { (job.id) } }
                        td.day { @match job.date { Some(date) => (date), None => "–" } }
                        td { (job_status(job.status)) }
                        td.wide { (wording::job_kind(job.kind)) @if job.is_dry_run() { " (dry run)" } }
                        td.number.wide { (number(job.counts.read)) }
                        td.number.medium { (number(job.counts.inserted + job.counts.updated)) }
                        td.number.bad[job.counts.rejected > 0] { (number(job.counts.rejected)) }
                        td.number.wide { @match job.seconds { Some(seconds) => (wording::duration(seconds)), None => "–" } }
                        td.wide { time datetime=(job.started_at) title=(job.started_at) { (wording::short_instant(&job.started_at, zone, today)) } }
                        td.wide { (visible(job.requested_by.as_deref().unwrap_or(&job.started_by))) }
                    }
                }
            }
        }
    }
}

fn next_page(query: &ListQuery, last: JobId) -> String {
    let pairs = [
        ("status", query.status.map(|status| status.to_string())),
        ("kind", query.kind.map(|kind| kind.to_string())),
        ("date", query.date.map(|date| date.to_string())),
    ];
    let kept: String = (pairs.into_iter())
        .filter_map(|(name, value)| Some(format!("{name}={}&", value?)))
        .collect();
    format!("/console/jobs?{kept}before={last}")
}

impl Service {
    /// Returns which day it is for the server.
    pub(super) fn today(&self) -> Date {
        today(&self.load_defaults.timezone)
    }
}
