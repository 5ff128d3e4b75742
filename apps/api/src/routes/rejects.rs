//! Endpoints that return the rejects of a job: as pages, and as a file to fix and load.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use cusip_jobs::{JobId, Reject, RejectCursor};
use cusip_loader::RejectFile;
use cusip_pif::FileKind;
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::binary::Binary;
use super::params::{FileType, JobNumber, RejectQuery};
use super::problem_responses::CommonProblems;
use crate::problem::{Code, Problem, ProblemDocument};
use crate::query_string::{Query, refuse_query};
use crate::state::{AppState, Service};

/// Records keep the encoding of their file, which need not be UTF-8.
const MEDIA_TYPE: &str = "application/octet-stream";
/// How many of the rejects a file lacks.
const MISSING_REJECTS: HeaderName = HeaderName::from_static("missing-rejects");
/// Lines are short, so several are sent together.
const CHUNK_BYTES: usize = 64 * 1024;

/// A page of rejected records, in the order of files and lines.
#[derive(Debug, Serialize, ToSchema)]
struct RejectList {
    /// The ID of the job.
    job_id: i64,
    /// The rejected records.
    rejects: Vec<Reject>,
    /// The value of `after` for the next page, or null if this page is empty.
    next: Option<String>,
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(download_rejects))
        .route_layer(from_fn(refuse_query))
        .routes(routes!(list_rejects))
}

/// Lists the rejected records of a job, each with its whole line.
#[utoipa::path(get, path = "/jobs/{id}/rejects", tag = "jobs", security(("token" = [])), params(JobNumber, RejectQuery), responses(
    (status = 200, description = "A page of rejected records", body = RejectList),
    (status = 400, description = "A parameter is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "This job does not exist", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn list_rejects(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
    Query(query): Query<RejectQuery>,
) -> Result<Json<RejectList>, Problem> {
    service.job_log.job(JobId(id)).await?;
    let rejects = service
        .job_log
        .rejects(JobId(id), query.file, query.after, query.limit)
        .await?;
    // Long records make a page short, so only an empty page is certain to be the last one.
    let next = rejects
        .last()
        .and_then(RejectCursor::of)
        .map(|last| last.to_string());
    Ok(Json(RejectList {
        job_id: id,
        rejects,
        next,
    }))
}

/// Returns the rejected records of one file of a job as a file of the same type, to fix and load.
///
/// The records are as in the original file; lines end in CRLF. The last line is a trailer that
/// marks a file of rejects and does not count the records.
#[utoipa::path(get, path = "/jobs/{id}/rejects/{type}", tag = "jobs", security(("token" = [])), params(
    JobNumber,
    FileType,
), responses(
    (status = 200, description = "The file", body = Binary, content_type = "application/octet-stream", headers(
        ("Content-Disposition" = String, description = "The name under which to load the file"),
        ("Missing-Rejects" = u64, description = "The number of rejects that the job log did not keep because there were too many"),
    )),
    (status = 400, description = "A parameter is invalid", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "This job does not exist, or has no rejects of this type", body = ProblemDocument, content_type = "application/problem+json"),
    CommonProblems,
))]
async fn download_rejects(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
    FileType { kind }: FileType,
) -> Result<Response, Problem> {
    reject_file(&service, id, kind).await
}

/// Returns the rejects of a kind of file as a file.
pub(crate) async fn reject_file(
    service: &Service,
    id: i64,
    kind: FileKind,
) -> Result<Response, Problem> {
    let job = service.job_log.job(JobId(id)).await?;
    let mut files = service.job_log.files(JobId(id)).await?.into_iter();
    let file = files.find(|file| file.kind == kind);
    let pruned_at = (file.as_ref()).and_then(|file| file.rejects_pruned_at.clone());
    let rejects = file.and_then(|file| service.job_log.reject_file(&job, file));
    let rejects = rejects.ok_or_else(|| {
        let detail = match pruned_at {
            Some(time) => format!("the rejects of job {id} of type {kind} were pruned at {time}"),
            None => format!("job {id} has no rejected records of type {kind}"),
        };
        Problem::new(Code::NoRejects, detail)
    })?;
    let name: String = (rejects.name().chars())
        .filter(|char| char.is_ascii_graphic() && !"\"\\".contains(*char))
        .collect();
    let missing = rejects.missing();
    let headers = [
        (CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (MISSING_REJECTS, missing.to_string()),
    ];
    Ok((headers, Body::from_stream(chunks(rejects))).into_response())
}

/// Returns the content of the file in chunks. After an error the response breaks off, which the client
/// notices.
fn chunks(
    rejects: RejectFile,
) -> impl stream::Stream<Item = Result<Bytes, cusip_loader::Error>> + Send {
    stream::try_unfold(rejects, |mut rejects| async {
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK_BYTES {
            match rejects.next_line().await? {
                Some(line) => chunk.extend_from_slice(&line),
                None => break,
            }
        }
        let more = (!chunk.is_empty()).then(|| (Bytes::from(chunk), rejects));
        Ok(more)
    })
}
