//! The rejects of a job: grouped by rule, one by one, and as files.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use cusip_jobs::{FileOutcome, JobDocument, JobId, Reject, RejectCursor, RejectGroup};
use cusip_pif::{Field, FileKind};
use maud::{Markup, html};
use serde::Deserialize;

use super::page::{self, Section};
use super::problem_page::sentence;
use super::session::Session;
use super::wording::{self, counted, number, visible};
use crate::problem::Problem;
use crate::query_string::{Query, filled};
use crate::routes::{FileType, JobNumber, reject_file};
use crate::state::AppState;

const REJECTS_ON_A_PAGE: u32 = 50;
/// How much of a line is shown before and after the field at fault. Lines can be 64 KiB long.
const MOST_BYTES_AROUND: usize = 1_000;

/// Which rejects to list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    #[serde(deserialize_with = "filled")]
    file: Option<FileKind>,
    #[serde(deserialize_with = "filled")]
    after: Option<RejectCursor>,
}

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/console/jobs/{id}/rejects", get(list))
        .route("/console/jobs/{id}/rejects/{type}", get(download))
}

async fn list(
    State(service): State<AppState>,
    session: Session,
    JobNumber { id }: JobNumber,
    Query(ListQuery { file: kind, after }): Query<ListQuery>,
) -> Result<Response, Problem> {
    service.job_log.job(JobId(id)).await?;
    let rejects = service
        .job_log
        .rejects(JobId(id), kind, after, REJECTS_ON_A_PAGE)
        .await?;
    let next = rejects.last().and_then(RejectCursor::of);
    let title = format!("Rejects of job {id}");
    let content = html! {
        p.path { a href="/console/jobs" { "Jobs" } " / " a href={ "/console/jobs/" (id) } { "Job " (id) } }
        h1 { (title) }
        @if let Some(kind) = kind { p.subject { (wording::kind(kind)) } }
        @if rejects.is_empty() { p.empty { "No more rejects." } }
        @for reject in &rejects { (one(reject)) }
        @if let Some(next) = next {
            p { a.button rel="next" href={ "/console/jobs/" (id) "/rejects?after=" (next) @if let Some(kind) = kind { "&file=" (kind) } } { "More rejects" } }
        }
    };
    Ok(page::page(&session, Section::Jobs, &title, &content))
}

async fn download(
    State(service): State<AppState>,
    _: Session,
    JobNumber { id }: JobNumber,
    FileType { kind }: FileType,
) -> Result<Response, Problem> {
    reject_file(&service, id, kind).await
}

/// Shows the rejects of a job by file and rule.
pub(super) fn summary(document: &JobDocument, groups: &[RejectGroup]) -> Markup {
    let files = document
        .results
        .iter()
        .filter(|file| file.counts.rejected > 0);
    html! {
        section #rejects aria-labelledby="rejects-title" {
            h2 #rejects-title { "Rejects" }
            p.hint {
                "Usually the vendor sends the file again, corrected: then load the day again. To load the day without these records, raise the allowed rejects; later, "
                "fix the downloaded file and load it with " code { "cusip load FILE" } "."
            }
            @for file in files { (of_file(document.job.id, file, groups)) }
        }
    }
}

fn of_file(job: JobId, file: &FileOutcome, groups: &[RejectGroup]) -> Markup {
    let groups = groups
        .iter()
        .filter(|group| group.examples[0].kind == file.kind);
    html! {
        div.heading {
            h3 { (wording::kind(file.kind)) ": " (counted(file.counts.rejected, "reject")) }
            @if file.rejects_kept > 0 {
                p.actions {
                    a.button href={ "/console/jobs/" (job) "/rejects/" (file.kind) } download { "Download to fix" }
                    " " a href={ "/console/jobs/" (job) "/rejects?file=" (file.kind) } { "One by one" }
                }
            }
        }
        ul.rules {
            @for (rule, count) in &file.rejects_by_rule { li { code { (visible(rule)) } " " b { (number(*count)) } } }
        }
        @if let Some(time) = &file.rejects_pruned_at {
            p.hint { "The records were deleted from the job log at " (time) "." }
        } @else if file.rejects_kept < file.counts.rejected {
            p.hint { "The job log keeps the first " (number(file.rejects_kept)) ". Only the file has all of them." }
        }
        @for group in groups { (of_rule(group)) }
    }
}

fn of_rule(group: &RejectGroup) -> Markup {
    let first = &group.examples[0];
    let field = field(first);
    html! {
        article.card.reject-group {
            h4 {
                @match &first.field { Some(name) => code { (visible(name)) }, None => "Whole record" }
                " breaks the rule " code { (visible(&first.rule)) } ": " (counted(group.count, "record"))
            }
            @if let Some(field) = field {
                p.hint { "Field " (field.ordinal) " of " (first.kind.layout().fields.len()) ", " (field.field_type.to_string()) ". " (field.description) }
            }
            @for example in &group.examples { (line(example)) }
            @if group.more() > 0 { p.hint { "and " (number(group.more())) " more" } }
        }
    }
}

fn one(reject: &Reject) -> Markup {
    html! {
        article.card.reject-group { (line(reject)) }
    }
}

/// Shows a record with the field at fault marked.
fn line(reject: &Reject) -> Markup {
    html! {
        div.reject {
            p {
                b { (wording::kind(reject.kind)) " line " (number(reject.line_number)) } " "
                span.bad { (sentence(&reject.message)) }
            }
            @if let Some(raw) = &reject.raw_line { pre.raw { (marked(raw, field(reject))) } }
        }
    }
}

fn field(reject: &Reject) -> Option<&'static Field> {
    let name = reject.field.as_deref()?;
    reject
        .kind
        .layout()
        .fields
        .iter()
        .find(|field| field.name == name)
}

/// Writes a line with the field marked, or the whole line if there is no such field.
fn marked(line: &[u8], field: Option<&Field>) -> Markup {
    let range = field
        .and_then(|field| field.range_in(line))
        .unwrap_or(0..line.len());
    let start = range.start.saturating_sub(MOST_BYTES_AROUND);
    let end = line.len().min(range.end + MOST_BYTES_AROUND);
    let marked_end = range.end.min(range.start + MOST_BYTES_AROUND);
    let text = |bytes: &[u8]| visible(&String::from_utf8_lossy(bytes));
    html! {
        @if start > 0 { span.cut { "…" } }
        (text(&line[start..range.start]))
        mark { @if range.is_empty() { span.cut title="empty" { "␣" } } @else { (text(&line[range.start..marked_end])) } }
        @if marked_end < range.end { span.cut { "…" } }
        (text(&line[range.end..end]))
        @if end < line.len() { span.cut { "…" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked_field(line: &[u8], ordinal: usize) -> String {
        let fields = FileKind::Issue.layout().fields;
        marked(line, Some(&fields[ordinal - 1])).into_string()
    }

    #[test]
    fn field_is_marked_and_everything_is_escaped() {
        let line = b"000361|10|5|<script>alert(1)</script>|\x01\xff|";
        assert_eq!(
            marked_field(line, 4),
            "000361|10|5|<mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark>|␁\u{fffd}|"
        );
        assert!(
            marked_field(line, 6)
                .contains("<mark><span class=\"cut\" title=\"empty\">␣</span></mark>")
        );
    }

    #[test]
    fn line_with_too_few_fields_is_marked_as_a_whole() {
        assert_eq!(marked_field(b"a|b", 5), "<mark>a|b</mark>");
        assert_eq!(marked(b"a|b", None).into_string(), "<mark>a|b</mark>");
    }

    #[test]
    fn long_line_is_cut_around_the_field() {
        let long = [&[b'x'; 5_000][..], b"|bad|", &[b'y'; 5_000]].concat();
        let shown = marked_field(&long, 2);
        assert!(shown.contains("|<mark>bad</mark>|"), "{shown}");
        assert!(shown.len() < 3 * MOST_BYTES_AROUND, "{}", shown.len());
        let shown = marked(&long, None).into_string();
        assert!(shown.len() < 3 * MOST_BYTES_AROUND, "{}", shown.len());
    }
}
