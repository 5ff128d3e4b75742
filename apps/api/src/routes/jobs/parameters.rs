//! What the addresses of jobs may say.

use axum::extract::{FromRequestParts, Path};
use cusip_pif::{Date, FileKind};
use cusip_postgres::RejectPlace;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Code, Problem};

const LIMIT: u32 = 50;
const MOST: u32 = 1_000;

/// The number of a job in a path.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct JobNumber {
    /// The job's number.
    #[param(minimum = 1)]
    pub(super) id: i64,
}

/// Which jobs are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Most jobs to list.
    #[param(minimum = 1, maximum = 1_000, default = 50)]
    limit: Option<u32>,
    /// List those that were started before the job of this number.
    #[param(minimum = 1)]
    before: Option<i64>,
    /// List those with this status.
    #[param(inline)]
    pub(super) status: Option<Status>,
    /// List those of this kind.
    #[param(inline)]
    pub(super) kind: Option<Kind>,
    /// List those of this day.
    #[param(format = Date)]
    date: Option<String>,
}

/// Which rejects are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RejectQuery {
    /// Most rejects to list. Long ones make the page shorter.
    #[param(minimum = 1, maximum = 1_000, default = 50)]
    limit: Option<u32>,
    /// List those after this place: what `next` was on the page before.
    #[param(pattern = r"^[0-9]{1,18}-[0-9]{1,18}$")]
    after: Option<String>,
    /// List those of the file of this kind.
    #[param(inline)]
    pub(super) file: Option<FileType>,
}

/// What became of a job.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Interrupted,
}

/// What a job was asked for.
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
    #[serde(rename = "take-over")]
    TakeOver,
}

/// The kind of a file.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FileType {
    Issuer,
    Issue,
    IssueAttr,
}

/// A query string that is understood, or a problem.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl ListQuery {
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }

    pub(super) fn before(&self) -> Result<Option<i64>, Problem> {
        match self.before {
            Some(before) if before < 1 => Err(wrong("before is a number from 1")),
            before => Ok(before),
        }
    }

    /// Returns the day, if it is one of the calendar.
    pub(super) fn date(&self) -> Result<Option<String>, Problem> {
        let Some(text) = &self.date else {
            return Ok(None);
        };
        match text.parse::<Date>() {
            Ok(date) => Ok(Some(date.to_string())),
            Err(error) => Err(wrong(&format!("date {text:?} cannot be used: {error}"))),
        }
    }
}

impl RejectQuery {
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        limit(self.limit)
    }

    pub(super) fn after(&self) -> Result<Option<RejectPlace>, Problem> {
        let Some(text) = &self.after else {
            return Ok(None);
        };
        let place = text.parse();
        place
            .map(Some)
            .map_err(|error| wrong(&format!("after {text:?} cannot be used: {error}")))
    }
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "load-all",
            Self::Issuer => "load-issuer",
            Self::Issue => "load-issue",
            Self::IssueAttr => "load-issue-attr",
            Self::Files => "load-files",
            Self::TakeOver => "take-over",
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
        let id = id.ok_or_else(|| wrong(&format!("{text:?} is no number of a job")))?;
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
                Err(wrong(&format!(
                    "the parameters cannot be understood: {cause}"
                )))
            }
        }
    }
}

fn limit(limit: Option<u32>) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(LIMIT);
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        Err(wrong(&format!("limit is a number from 1 to {MOST}")))
    }
}

fn wrong(detail: &str) -> Problem {
    Problem::new(Code::BadRequest, detail)
}
