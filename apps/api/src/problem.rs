//! Everything that is not a success, as RFC 9457 has it.

use axum::response::{IntoResponse, Response};
use cusip_loader::{FileReport, LoadReport, Reject};
use cusip_postgres::JobId;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::run::chain;

/// Where each code is described, below its own name.
const DESCRIPTIONS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/api.md#");
const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, and how it is to be answered.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    job: Option<JobId>,
    report: Option<Box<LoadReport>>,
}

/// A problem as it is answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    /// Where the code is described.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: String,
    /// The code in words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What went wrong this time, and what to do about it.
    detail: String,
    /// The job that it is about, or else the path that was asked for.
    #[schema(format = "uri-reference")]
    instance: String,
    /// By which programs tell problems apart. It stays the same from version to version.
    code: &'static str,
    /// By which the log tells requests apart.
    request_id: String,
    /// The job's number, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<i64>,
    /// False, if it is about a load.
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    /// What became of the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The load's day.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// The load's files.
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Vec<FileReport>>,
    /// The first of the load's rejects; the job has all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejects: Option<Vec<Reject>>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// The stable codes of problems.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the code as it is answered.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// Returns the status that it comes with.
            pub(crate) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

// Those of loads are the codes that the ledger has.
codes! {
    BadRequest = "bad_request", BAD_REQUEST, "The request cannot be understood";
    Unauthorized = "unauthorized", UNAUTHORIZED, "The token is missing or wrong";
    PathNotFound = "path_not_found", NOT_FOUND, "There is nothing at this path";
    JobNotFound = "job_not_found", NOT_FOUND, "There is no such job";
    NoRejects = "no_rejects", NOT_FOUND, "The job has no such rejects";
    DayNotFound = "day_not_found", NOT_FOUND, "Files of the day are missing";
    FileNotFound = "file_not_found", NOT_FOUND, "A file or its place is missing";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The path has no such method";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request did not come whole in time";
    Busy = "busy", CONFLICT, "Another load or migration is running";
    OlderDay = "older_day", CONFLICT, "A newer day was loaded";
    FileChanged = "file_changed", CONFLICT, "A file changed while it was read";
    AmbiguousNames = "ambiguous_names", CONFLICT, "Several files could be meant";
    Cancelled = "cancelled", CONFLICT, "The load was cancelled";
    JobEnded = "job_ended", CONFLICT, "The job has ended";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is no JSON by its type";
    TooManyRejects = "too_many_rejects", UNPROCESSABLE_ENTITY, "More records were rejected than allowed";
    NoTrailer = "no_trailer", UNPROCESSABLE_ENTITY, "A file does not end with its trailer";
    RecordsLost = "records_lost", UNPROCESSABLE_ENTITY, "A file lacks records";
    StaleFile = "stale_file", UNPROCESSABLE_ENTITY, "A file is most likely of another year";
    Internal = "internal", INTERNAL_SERVER_ERROR, "The program failed";
    Database = "database", INTERNAL_SERVER_ERROR, "The database refused something";
    CopyMiscounted = "copy_miscounted", INTERNAL_SERVER_ERROR, "The database took in another number of records";
    DatabaseUnavailable = "database_unavailable", SERVICE_UNAVAILABLE, "The database cannot be used";
    Source = "source", SERVICE_UNAVAILABLE, "The files cannot be read";
    Interrupted = "interrupted", SERVICE_UNAVAILABLE, "The load was interrupted";
    ShuttingDown = "shutting_down", SERVICE_UNAVAILABLE, "The server is about to end";
}

impl Code {
    /// Returns the code that the ledger or a load has given.
    pub(crate) fn of_load(code: &str) -> Self {
        let known = Self::ALL.iter().find(|known| known.name() == code);
        known.copied().unwrap_or(Self::Internal)
    }

    /// Returns after how many seconds another try makes sense, if time alone may mend it.
    const fn retry_after(self) -> Option<u16> {
        match self {
            Self::Busy | Self::Interrupted => Some(5),
            Self::DatabaseUnavailable | Self::Source | Self::ShuttingDown => Some(10),
            _ => None,
        }
    }
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            job: None,
            report: None,
        }
    }

    /// Makes the problem of a load that failed.
    pub(crate) fn of_load(code: &str, report: LoadReport) -> Self {
        Self {
            code: Code::of_load(code),
            detail: report.message.clone(),
            job: report.job_id.map(JobId),
            report: Some(Box::new(report)),
        }
    }

    /// Names the job that it is about.
    pub(crate) fn about(mut self, job: JobId) -> Self {
        self.job = Some(job);
        self
    }

    /// Gives it another code.
    pub(crate) const fn with_code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    /// Makes the answer to a request.
    pub(crate) fn answer(self, path: &str, request_id: &str) -> Response {
        let (code, status) = (self.code, self.code.status());
        let mut document = ProblemDocument {
            kind: format!("{DESCRIPTIONS}{}", code.name()),
            title: code.title(),
            status: status.as_u16(),
            detail: self.detail,
            instance: self.job.map_or_else(|| path.to_owned(), address),
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
            document.date = report.date;
            document.results = Some(report.results);
            document.rejects = (!report.rejects.is_empty()).then_some(report.rejects);
        }
        let body = serde_json::to_vec(&document).expect("its keys are texts");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = code.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if code == Code::Unauthorized {
            let challenge = HeaderValue::from_static("Bearer realm=\"cusip-api\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(job) = self.job {
            headers.insert(LOCATION, location(job));
        }
        response
    }
}

/// Hands the problem on to whoever knows the request.
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
            error if error.is_busy() => Code::Busy,
            error if error.is_unavailable() => Code::DatabaseUnavailable,
            _ => Code::Database,
        };
        Self::new(code, chain(&error))
    }
}

impl From<cusip_loader::Error> for Problem {
    fn from(error: cusip_loader::Error) -> Self {
        Self::new(Code::of_load(error.code()), chain(&error))
    }
}

/// Returns where a job is shown.
pub(crate) fn address(job: JobId) -> String {
    format!("/jobs/{job}")
}

/// Returns the header that says where a job is shown.
pub(crate) fn location(job: JobId) -> HeaderValue {
    HeaderValue::try_from(address(job)).expect("it is of digits and slashes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTATION: &str = include_str!("../../../docs/api.md");

    #[test]
    fn every_code_is_described_with_its_status_and_no_other() {
        let described = |code: &Code| {
            let (name, status) = (code.name(), code.status().as_u16());
            format!("| <a id=\"{name}\"></a>`{name}` | {status} |")
        };
        for row in Code::ALL.iter().map(described) {
            assert!(DOCUMENTATION.contains(&row), "{row}");
        }
        let rows = DOCUMENTATION.matches("<a id=").count();
        assert_eq!(rows, Code::ALL.len());
    }

    #[test]
    fn codes_of_loads_are_known_and_others_are_our_fault() {
        assert_eq!(Code::of_load("stale_file"), Code::StaleFile);
        assert_eq!(Code::of_load("same_kind"), Code::Internal);
    }
}
