//! Problems: every answer that is not a success (RFC 9457).

mod code;
mod document;
mod page;

use axum::response::{IntoResponse, Response};
use cusip_config::message_with_hint;
use cusip_jobs::{JobId, LoadOption, LoadReport};
use http::HeaderValue;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};

pub(crate) use self::code::Code;
pub(crate) use self::document::ProblemDocument;
pub(crate) use self::page::{PAGE_PATH, page};

const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong with a request.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    job: Option<JobId>,
    report: Option<Box<LoadReport>>,
}

impl Problem {
    /// Creates a problem. The detail says what went wrong and what to do about it.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            job: None,
            report: None,
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, detail)
    }

    pub(crate) fn job_not_found(job: JobId) -> Self {
        let detail = format!("job {job} does not exist; the list of jobs has those that do");
        Self::new(Code::JobNotFound, detail)
    }

    pub(crate) fn shutting_down() -> Self {
        let detail = "the server is shutting down; send the request again in a few seconds";
        Self::new(Code::ShuttingDown, detail)
    }

    /// Creates the problem of a load whose outcome could not be read.
    pub(crate) fn outcome_unknown(job: JobId, cause: &Self) -> Self {
        let detail = format!(
            "it is not known whether job {job} succeeded: {}; look at job {job} when the database is back, or load again: that is always safe",
            cause.detail
        );
        Self::new(Code::OutcomeUnknown, detail).about(job)
    }

    /// Creates the problem of a load that failed.
    pub(crate) fn failed_load(code: &str, report: LoadReport) -> Self {
        Self {
            code: Code::of_failed_load(code),
            detail: with_option(code, &report.message),
            job: report.job_id,
            report: Some(Box::new(report)),
        }
    }

    /// Says which job the problem is about.
    pub(crate) fn about(mut self, job: JobId) -> Self {
        self.job = Some(job);
        self
    }

    /// Replaces the code.
    pub(crate) const fn with_code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the response to the request with this path and ID.
    pub(crate) fn into_document_response(self, path: &str, request_id: &str) -> Response {
        let (code, status) = (self.code, self.code.status());
        let mut document = ProblemDocument {
            kind: format!("{PAGE_PATH}#{}", code.name()),
            title: code.title(),
            status: status.as_u16(),
            detail: self.detail,
            instance: self.job.map_or_else(|| path.to_owned(), job_path),
            code: code.name(),
            request_id: request_id.to_owned(),
            job_id: self.job.map(|job| job.0),
            success: None,
            message: None,
            date: None,
            results: None,
            rejects: None,
        };
        if let Some(report) = self.report {
            document.success = Some(report.success);
            document.message = Some(report.message);
            document.date = report.date.map(|date| date.to_string());
            document.results = Some(report.results);
            document.rejects = (!report.rejects.is_empty()).then_some(report.rejects);
        }
        let body = serde_json::to_vec(&document).expect("all keys are strings");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = code.retry_after_seconds() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if code == Code::Unauthorized {
            let challenge = HeaderValue::from_static("Bearer realm=\"cusip-api\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(job) = self.job {
            headers.insert(LOCATION, job_location(job));
        }
        response
    }
}

/// Attaches the problem to an empty response. `request_log` knows the path and the ID of the request,
/// and writes the document.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<cusip_postgres::Error> for Problem {
    fn from(error: cusip_postgres::Error) -> Self {
        let code = match &error {
            cusip_postgres::Error::NoSuchState {
                is_pruned: true, ..
            } => Code::HistoryPruned,
            cusip_postgres::Error::NoSuchState { .. } => Code::StateNotFound,
            error if error.is_busy() => Code::Busy,
            error if error.is_outcome_unknown() => Code::OutcomeUnknown,
            error if error.is_unavailable() || error.is_connection_lost() => {
                Code::DatabaseUnavailable
            }
            _ => Code::Database,
        };
        Self::new(code, message_with_hint(&error))
    }
}

impl From<cusip_loader::Error> for Problem {
    fn from(error: cusip_loader::Error) -> Self {
        Self::new(
            Code::of_failed_load(error.code()),
            message_with_hint(&error),
        )
    }
}

/// Returns the path of a job, as the value of a header.
pub(crate) fn job_location(job: JobId) -> HeaderValue {
    HeaderValue::try_from(job_path(job)).expect("a job path has only digits, letters, and slashes")
}

/// Adds how a client, or the operator of the server, allows what the load refused.
fn with_option(code: &str, message: &str) -> String {
    match LoadOption::that_allows(code) {
        None => message.to_owned(),
        Some(LoadOption::AllowMissingTrailer) => {
            format!("{message} (start the server with --allow-missing-trailer)")
        }
        Some(option) => format!("{message} (set {:?} in the request body)", option.name()),
    }
}

fn job_path(job: JobId) -> String {
    format!("/jobs/{job}")
}
