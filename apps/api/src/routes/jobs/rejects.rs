//! A job's rejects: as pages to look at, and as files to mend and load.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use cusip_loader::RejectFile;
use cusip_pif::FileKind;
use cusip_postgres::{JobId, LoggedReject};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::parameters::{FileType, JobNumber, Query, RejectQuery};
use crate::problem::{Code, Problem, ProblemDocument};
use crate::state::AppState;

/// Records are in the file's own encoding, which may be another one than UTF-8.
const MEDIA_TYPE: &str = "application/octet-stream";
/// Lines are short; together they are worth a piece of the answer.
const PIECE_BYTES: usize = 64 * 1024;

/// A page of rejected records, in the order of files and lines.
#[derive(Debug, Serialize, ToSchema)]
struct RejectList {
    /// The job's number.
    job_id: i64,
    /// The rejected records.
    rejects: Vec<LoggedReject>,
    /// What to give as `after` for those that follow; null if there are none.
    next: Option<String>,
}

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(download))
}

/// Lists a job's rejected records, each with its whole line.
#[utoipa::path(get, path = "/jobs/{id}/rejects", tag = "jobs", security(("token" = [])), params(JobNumber, RejectQuery), responses(
    (status = 200, body = RejectList),
    (status = 400, description = "A parameter cannot be understood", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 401, description = "The token is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "There is no such job", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 500, description = "The program or the database failed", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 503, description = "The database cannot be reached", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn list(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
    Query(query): Query<RejectQuery>,
) -> Result<Json<RejectList>, Problem> {
    let (limit, after) = (query.limit()?, query.after()?);
    let kind = query.file.map(FileKind::from);
    service.job_log.job(JobId(id)).await?;
    let rejects = service
        .job_log
        .rejects(JobId(id), kind, after, limit)
        .await?;
    // A page may be short for its length in bytes, so that only an empty one is surely the last.
    let next = rejects.last().map(|last| last.place().to_string());
    Ok(Json(RejectList {
        job_id: id,
        rejects,
        next,
    }))
}

/// Returns the rejected records of one of a job's files as a file of its kind, byte for byte as they
/// came and with a trailer that counts them: to be mended, and loaded.
#[utoipa::path(get, path = "/jobs/{id}/rejects/{type}", tag = "jobs", security(("token" = [])), params(
    JobNumber,
    ("type" = inline(FileType), Path, description = "The kind of the file."),
), responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream", headers(
        ("Content-Disposition" = String, description = "The name that the file is loaded under"),
    )),
    (status = 400, description = "A parameter cannot be understood", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 401, description = "The token is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 404, description = "There is no such job, or it has no such rejects", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 500, description = "The program or the database failed", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 503, description = "The database cannot be reached", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn download(
    State(service): State<AppState>,
    JobNumber { id }: JobNumber,
    Path((_, kind)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let kind: FileKind = kind.parse().map_err(|error| {
        let detail = format!("{kind:?} is not a kind of file: {error}");
        Problem::new(Code::BadRequest, detail)
    })?;
    let job = service.job_log.job(JobId(id)).await?;
    let mut files = service.job_log.files(JobId(id)).await?.into_iter();
    let file = files.find(|file| file.kind == kind && file.counts.rejected > 0);
    let file = file.ok_or_else(|| {
        let detail = format!("job {id} has rejected no record of a file of the kind {kind}");
        Problem::new(Code::NoRejects, detail)
    })?;
    let rejects = service.job_log.reject_file(&job, file);
    let name: String = (rejects.name().chars())
        .filter(|char| char.is_ascii_graphic() && !"\"\\".contains(*char))
        .collect();
    let headers = [
        (CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::from_stream(pieces(rejects))).into_response())
}

/// Returns the file piece by piece. One that cannot be read on breaks off, which the client notices.
fn pieces(
    rejects: RejectFile,
) -> impl stream::Stream<Item = Result<Bytes, cusip_loader::Error>> + Send {
    stream::try_unfold(rejects, |mut rejects| async {
        let mut piece = Vec::new();
        while piece.len() < PIECE_BYTES {
            match rejects.next_line().await? {
                Some(line) => piece.extend_from_slice(&line),
                None => break,
            }
        }
        let more = (!piece.is_empty()).then(|| (Bytes::from(piece), rejects));
        Ok(more)
    })
}
