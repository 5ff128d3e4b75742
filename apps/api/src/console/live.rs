//! The progress of a running job, which pages show as it changes.

use std::convert::Infallible;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use cusip_jobs::{Job, JobId, JobStatus};
use futures_util::stream::{self, Stream};
use maud::{Markup, html};

use super::page::job_status;
use super::wording::{self, number};
use crate::problem::Problem;
use crate::query_string::refuse_query;
use crate::routes::JobNumber;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/console/jobs/{id}/events", get(events))
        .route_layer(from_fn(refuse_query))
}

/// Sends the progress of a job once a second, and an event when it has ended.
///
/// No connection to the database is held. When the server shuts down, the stream ends, and the browser
/// connects again.
async fn events(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let mut job = service.live_jobs.watch(JobId(id)).await?;
    job.mark_changed();
    let events = stream::unfold(Some((service, job)), |state| async {
        let (service, mut job) = state?;
        tokio::select! {
            changed = job.changed() => changed.ok()?,
            () = service.shutdown.begun() => return None,
        }
        let event = event(&job.borrow_and_update());
        let has_ended = job.borrow().status != JobStatus::Running;
        Some((Ok(event), (!has_ended).then_some((service, job))))
    });
    Ok(Sse::new(events))
}

fn event(job: &Job) -> Event {
    match job.status {
        JobStatus::Running => Event::default()
            .event("update")
            .data(progress(job).into_string()),
        ended => Event::default().event("end").data(ended.name()),
    }
}

/// Shows a job that is running, with a link to its page.
pub(super) fn running_job(job: &Job) -> Markup {
    html! {
        section.card.running aria-label="Running job" {
            div.heading {
                h2 { a href={ "/console/jobs/" (job.id) } { "Job " (job.id) } }
                @if let Some(date) = job.date { span { "loads " (date) } }
            }
            (live_progress(job))
        }
    }
}

/// Shows the progress of a job as it changes.
pub(super) fn live_progress(job: &Job) -> Markup {
    html! {
        div.live data-events={ "/console/jobs/" (job.id) "/events" } { (progress(job)) }
        noscript { p.hint { "This browser does not run scripts. Reload the page to see the progress." } }
    }
}

fn progress(job: &Job) -> Markup {
    let is_canceling = job.cancel_requested_at.is_some();
    html! {
        p.state {
            (job_status(job.status)) " "
            @if is_canceling { strong { "Canceling" } }
            @else if let Some(progress) = &job.progress {
                strong { (wording::phase(progress.phase)) }
                @if let Some(kind) = progress.kind { " " (wording::kind(kind).to_lowercase()) }
            } @else { strong { "Starting" } }
        }
        @if let Some(progress) = &job.progress {
            @match progress.percent {
                Some(percent) => progress max="100" value=(percent) aria-label="Progress" { (percent as u64) "%" },
                None => progress aria-label="Progress" {},
            }
            p.numbers {
                @if let Some(percent) = progress.percent { span { (percent as u64) "%" } }
                span { (number(progress.rows_read)) " records read" }
                span {
                    (wording::size(progress.bytes_read))
                    @if let Some(total) = progress.bytes_total { " of " (wording::size(total)) }
                }
            }
        }
    }
}
