//! The parameters in paths and query strings.

use axum::extract::{FromRequestParts, Path};
use cusip_jobs::{JobKind, JobStatus, RejectCursor};
use cusip_pif::{Date, FileKind};
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 1_000;

/// The ID of a job in a path.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct JobNumber {
    /// The ID of the job.
    #[param(minimum = 1)]
    pub(super) id: i64,
}

/// Which jobs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The maximum number of jobs.
    #[param(minimum = 1, maximum = 1_000, default = 50)]
    limit: Option<u32>,
    /// Only jobs that started before the job with this ID.
    #[param(minimum = 1)]
    before: Option<i64>,
    /// Only jobs with this status.
    #[param(inline)]
    pub(super) status: Option<Status>,
    /// Only jobs of this kind.
    #[param(inline)]
    pub(super) kind: Option<Kind>,
    /// Only jobs of this day.
    #[param(format = Date)]
    date: Option<String>,
}

/// Which rejects to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RejectQuery {
    /// The maximum number of rejects. Long records make the page shorter.
    #[param(minimum = 1, maximum = 1_000, default = 50)]
    limit: Option<u32>,
    /// Only rejects after this one: the value of `next` on the previous page.
    #[param(pattern = r"^[0-9]{1,18}-[0-9]{1,18}$")]
    after: Option<String>,
    /// Only rejects of the file of this type.
    #[param(inline)]
    pub(super) file: Option<FileType>,
}

/// The status of a job.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Interrupted,
}

/// What a job was started to do.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub(super) enum Kind {
    #[serde(rename = "load-all")]
    All,
    #[serde(rename = "load-issuer")]
    Issuer,
    #[serde(rename = "load-issue")]
    Issue,
    #[serde(rename = "load-issue-attr")]
    IssueAttr,
    #[serde(rename = "load-files")]
    Files,
}

/// The type of a file.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FileType {
    Issuer,
    Issue,
    IssueAttr,
}

/// A query string. If it is invalid, the response is a problem.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl ListQuery {
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }

    pub(super) fn before(&self) -> Result<Option<i64>, Problem> {
        match self.before {
            Some(before) if before < 1 => {
                Err(Problem::bad_request("before must be a number from 1"))
            }
            before => Ok(before),
        }
    }

    /// Returns the day, or a problem if it is not a calendar date.
    pub(super) fn date(&self) -> Result<Option<Date>, Problem> {
        let Some(text) = &self.date else {
            return Ok(None);
        };
        match text.parse::<Date>() {
            Ok(date) => Ok(Some(date)),
            Err(error) => Err(Problem::bad_request(format!(
                "invalid date {text:?}: {error}"
            ))),
        }
    }
}

impl RejectQuery {
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }

    pub(super) fn after(&self) -> Result<Option<RejectCursor>, Problem> {
        let Some(text) = &self.after else {
            return Ok(None);
        };
        let location = text.parse();
        location
            .map(Some)
            .map_err(|error| Problem::bad_request(format!("invalid after {text:?}: {error}")))
    }
}

impl From<Status> for JobStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Running => Self::Running,
            Status::Succeeded => Self::Succeeded,
            Status::Failed => Self::Failed,
            Status::Cancelled => Self::Cancelled,
            Status::Interrupted => Self::Interrupted,
        }
    }
}

impl From<Kind> for JobKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::All => Self::LoadAll,
            Kind::Issuer => Self::LoadIssuer,
            Kind::Issue => Self::LoadIssue,
            Kind::IssueAttr => Self::LoadIssueAttribute,
            Kind::Files => Self::LoadFiles,
        }
    }
}

impl From<FileType> for FileKind {
    fn from(file: FileType) -> Self {
        match file {
            FileType::Issuer => Self::Issuer,
            FileType::Issue => Self::Issue,
            FileType::IssueAttr => Self::IssueAttribute,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for JobNumber {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = match Path::<Vec<(String, String)>>::from_request_parts(parts, state).await {
            Ok(Path(values)) => values.into_iter().find(|(name, _)| name == "id"),
            Err(_) => None,
        };
        let text = text.map(|(_, text)| text).unwrap_or_default();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let id = text.parse().ok().filter(|id| digits && *id >= 1);
        let id =
            id.ok_or_else(|| Problem::bad_request(format!("{text:?} is not the ID of a job")))?;
        Ok(Self { id })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let cause = std::error::Error::source(&rejection).map(ToString::to_string);
                let cause = cause.unwrap_or_default();
                Err(Problem::bad_request(format!(
                    "the query string is invalid: {cause}"
                )))
            }
        }
    }
}

fn limit(limit: Option<u32>) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        Ok(limit)
    } else {
        Err(Problem::bad_request(format!(
            "limit must be a number from 1 to {MAX_LIMIT}"
        )))
    }
}
