//! The page of a job: how it went, its files, its rejects by rule, and how to load again.

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use cusip_jobs::{FileOutcome, Job, JobDocument, JobId, JobStatus, LoadOption, RejectGroup};
use cusip_postgres::CancelOutcome;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::Form;
use super::live::live_progress;
use super::load_form::LoadForm;
use super::page::{self, Section, fact, file_status, job_status, time};
use super::problem_page::sentence;
use super::rejects;
use super::session::Session;
use super::wording::{self, counted, number, visible};
use crate::problem::Problem;
use crate::query_string::refuse_query;
use crate::responses::job_ended;
use crate::routes::JobNumber;
use crate::state::{AppState, Service};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelForm {
    csrf: Option<String>,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/console/jobs/{id}", get(show))
        .route("/console/jobs/{id}/cancel", post(cancel))
        .route_layer(from_fn(refuse_query))
}

async fn show(
    State(service): State<AppState>,
    session: Session,
    JobNumber { id }: JobNumber,
) -> Result<Response, Problem> {
    let document = service.job_log.document(JobId(id)).await?;
    let has_rejects = document.results.iter().any(|file| file.rejects_kept > 0);
    let groups = if has_rejects {
        service.job_log.reject_groups(JobId(id)).await?
    } else {
        Vec::new()
    };
    let title = format!("Job {id}");
    let content = content(&service, &session, &document, &groups);
    Ok(page::page(&session, Section::Jobs, &title, &content))
}

/// Cancels a job. None of it is loaded.
async fn cancel(
    State(service): State<AppState>,
    session: Session,
    JobNumber { id }: JobNumber,
    Form(form): Form<CancelForm>,
) -> Result<Response, Problem> {
    session.require_load_rights()?;
    session.check_form(form.csrf.as_deref())?;
    let job = JobId(id);
    match service.job_log.cancel(job).await? {
        CancelOutcome::Requested => {
            tracing::info!(job.id = id, "canceling job");
            service.loads.cancel(job).await?;
            Ok(Redirect::to(&format!("/console/jobs/{id}")).into_response())
        }
        CancelOutcome::Ended => {
            let ended = service.job_log.job(job).await?;
            Err(job_ended(job, ended.status))
        }
        _ => Err(Problem::job_not_found(job)),
    }
}

fn content(
    service: &Service,
    session: &Session,
    document: &JobDocument,
    groups: &[RejectGroup],
) -> Markup {
    let job = &document.job;
    let is_running = job.status == JobStatus::Running;
    html! {
        p.path { a href="/console/jobs" { "Jobs" } }
        div.heading {
            h1 { "Job " (job.id) " " (job_status(job.status)) }
            p.subject {
                (wording::job_kind(job.kind))
                @if let Some(date) = job.date { ", " a href={ "/console/jobs?date=" (date) } { (date) } }
                @if job.is_dry_run() { ", dry run" }
            }
        }
        @if is_running {
            section.card.running aria-label="Progress" {
                (live_progress(job))
                @if session.may_load() { (cancel_form(session, job)) }
            }
        } @else {
            (result(document))
        }
        @if !is_running && session.may_load() { (load_again(service, session, job)) }
        @if !document.results.is_empty() { (files(service, document)) }
        @if document.results.iter().any(|file| file.counts.rejected > 0) {
            (rejects::summary(document, groups))
        }
        (origin(service, job))
    }
}

fn result(document: &JobDocument) -> Markup {
    let job = &document.job;
    let class = if document.success == Some(true) {
        "good"
    } else {
        "bad"
    };
    let option = job.error_code.as_deref().and_then(LoadOption::that_allows);
    html! {
        section.notice.(class) aria-label="Result" {
            p { strong { (sentence(&document.message)) } }
            @if let Some(advice) = option.and_then(advice) { p { (advice) } }
            @else if job.status != JobStatus::Succeeded { p { "Nothing was loaded. It is always safe to load again." } }
        }
    }
}

/// Says which field of the form allows what a load refused.
const fn advice(option: LoadOption) -> Option<&'static str> {
    Some(match option {
        LoadOption::AllowPartial => {
            "Have the file delivered, then load again; or load again with “Load what is there”."
        }
        LoadOption::AllowOlder => {
            "A newer day was loaded. If you mean it, load again with “Load an older day”."
        }
        LoadOption::MaxAgeDays => {
            "The file is probably from another year. If you mean it, load again with another maximum age."
        }
        LoadOption::MaxRejects => {
            "See below what is wrong with the records. Have the file corrected, then load again; or load again with more allowed rejects, and the corrected records later."
        }
        LoadOption::AllowMissingTrailer => {
            "The file seems to be cut off. Have it delivered again, then load again."
        }
        _ => return None,
    })
}

fn cancel_form(session: &Session, job: &Job) -> Markup {
    html! {
        @if job.cancel_requested_at.is_none() {
            details.confirm {
                summary { "Cancel this job" }
                form method="post" action={ "/console/jobs/" (job.id) "/cancel" } {
                    (session.csrf_field())
                    p { "None of its files will be loaded." }
                    button.danger type="submit" { "Cancel job " (job.id) }
                }
            }
        }
    }
}

fn load_again(service: &Service, session: &Session, job: &Job) -> Markup {
    html! {
        @if let Some(form) = LoadForm::again(job, &service.load_defaults) {
            details.again {
                summary { "Load again" }
                (form.show(session, "Load again", None))
            }
        }
    }
}

fn files(service: &Service, document: &JobDocument) -> Markup {
    html! {
        section aria-labelledby="files-title" {
            h2 #files-title { "Files" }
            div.files {
                @for outcome in &document.results { (file(service, outcome)) }
            }
        }
    }
}

fn file(service: &Service, file: &FileOutcome) -> Markup {
    let zone = service.load_defaults.timezone;
    let counts = file.counts;
    let rows = [
        ("Inserted", counts.inserted),
        ("Updated", counts.updated),
        ("Unchanged", counts.unchanged),
        ("Rejected", counts.rejected),
        ("Superseded", counts.superseded),
    ];
    html! {
        article.card {
            div.heading {
                h3 { (wording::kind(file.kind)) }
                (file_status(file.status))
            }
            p.location { (visible(&file.location)) }
            @if let Some(error) = &file.error { p.bad { (sentence(error)) } }
            @if let Some(job) = file.already_loaded_by {
                p { "The same content was loaded by " a href={ "/console/jobs/" (job) } { "job " (job) } "." }
            }
            dl.counts {
                div.total { dt { "Read" } dd { (number(counts.read)) } }
                @for (name, count) in rows {
                    div.zero[count == 0] .bad[name == "Rejected" && count > 0] { dt { (name) } dd { (number(count)) } }
                }
            }
            @if !file.phase_milliseconds.is_empty() {
                p.timings {
                    @for (phase, milliseconds) in &file.phase_milliseconds {
                        span { (phase) " " b { (wording::duration(*milliseconds as f64 / 1_000.0)) } } " "
                    }
                }
            }
            @for warning in &file.warnings { p.warning { span aria-hidden="true" { "⚠ " } (sentence(warning)) } }
            details {
                summary { "About the file" }
                dl.facts {
                    @if let Some(size) = file.size { (fact("Size", wording::size(size))) }
                    @if let Some(modified) = file.last_modified { (fact("Modified", time(&wording::rfc3339(modified), zone))) }
                    @if let Some(trailer) = &file.trailer { (fact("Trailer", html! { code { (visible(trailer)) } })) }
                    @if let Some(tag) = &file.e_tag { (fact("Entity tag", html! { code { (visible(tag)) } })) }
                    @if let Some(version) = &file.version_id { (fact("Version", html! { code { (visible(version)) } })) }
                    @if let Some(digest) = &file.sha256 { (fact("SHA-256", html! { code { (digest) } })) }
                    @if file.windows_1252_fields > 0 {
                        (fact("Encoding", counted(file.windows_1252_fields, "field") + " read as Windows-1252"))
                    }
                }
            }
        }
    }
}

fn origin(service: &Service, job: &Job) -> Markup {
    let zone = service.load_defaults.timezone;
    html! {
        section aria-labelledby="origin-title" {
            h2 #origin-title { "Who and when" }
            dl.facts.card {
                (fact("Started", time(&job.started_at, zone)))
                @if let Some(finished) = &job.finished_at { (fact("Ended", time(finished, zone))) }
                @if let Some(seconds) = job.seconds { (fact("Took", wording::duration(seconds))) }
                @if let Some(canceled) = &job.cancel_requested_at { (fact("Cancel requested", time(canceled, zone))) }
                @if let Some(name) = &job.requested_by { (fact("Requested by", visible(name))) }
                (fact("Started by", visible(&job.started_by)))
                @if let Some(host) = &job.host { (fact("Machine", visible(host))) }
                (fact("Program", format!("{} {}", visible(&job.program), visible(&job.program_version))))
                @if let Some(address) = &job.client_address { (fact("Client", visible(address))) }
                @if let Some(request) = &job.request_id { (fact("Request", html! { code { (visible(request)) } })) }
                (fact("Options", options(job)))
                @if let Some(code) = &job.error_code { (fact("Error code", html! { code { (visible(code)) } })) }
            }
        }
    }
}

fn options(job: &Job) -> Markup {
    html! {
        ul.options {
            @for (name, value) in &job.options { li { code { (visible(name)) "=" (visible(&value.to_string())) } } }
        }
    }
}
