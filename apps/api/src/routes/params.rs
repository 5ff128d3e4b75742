//! The parameters in paths and query strings.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use cusip_jobs::{JobId, JobKind, JobStatus, RejectCursor};
use cusip_pif::{Date, FileKind};
use http::request::Parts;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::problem::Problem;
use crate::query_string::parsed;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 1_000;

/// The ID of a job in a path.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct JobNumber {
    /// The ID of the job.
    #[param(minimum = 1, maximum = 9_223_372_036_854_775_807_u64)]
    pub(crate) id: i64,
}

/// The type of a file in a path.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct FileType {
    /// The type of the file.
    #[param(rename = "type", value_type = FileTypeName, inline)]
    pub(crate) kind: FileKind,
}

/// Which jobs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The maximum number of jobs.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 1_000, default = 50, value_type = Option<u32>)]
    pub(super) limit: u32,
    /// Only jobs that started before the job with this ID.
    #[serde(default, deserialize_with = "before")]
    #[param(minimum = 1, maximum = 9_223_372_036_854_775_807_u64, value_type = Option<i64>)]
    pub(super) before: Option<JobId>,
    /// Only jobs with this status.
    #[serde(default, deserialize_with = "status")]
    #[param(value_type = Option<StatusName>, inline)]
    pub(super) status: Option<JobStatus>,
    /// Only jobs of this kind.
    #[serde(default, deserialize_with = "kind")]
    #[param(value_type = Option<KindName>, inline)]
    pub(super) kind: Option<JobKind>,
    /// Only jobs of this day.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = Date)]
    pub(super) date: Option<Date>,
}

/// Which rejects to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RejectQuery {
    /// The maximum number of rejects. Long records make the page shorter.
    #[serde(default = "default_limit", deserialize_with = "limit")]
    #[param(minimum = 1, maximum = 1_000, default = 50, value_type = Option<u32>)]
    pub(super) limit: u32,
    /// Only rejects after this one: the value of `next` on the previous page.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, pattern = r"^[0-9]{1,18}-[0-9]{1,18}$")]
    pub(super) after: Option<RejectCursor>,
    /// Only rejects of the file of this type.
    #[serde(default, deserialize_with = "file_type")]
    #[param(value_type = Option<FileTypeName>, inline)]
    pub(super) file: Option<FileKind>,
}

impl<S: Send + Sync> FromRequestParts<S> for JobNumber {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = path_segment(parts, state, "id").await;
        let id = number(&text, 1..=i64::MAX);
        let invalid = || Problem::bad_request(format!("{text:?} is not the ID of a job"));
        Ok(Self {
            id: id.ok_or_else(invalid)?,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FileType {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = path_segment(parts, state, "type").await;
        let kind = named(&text, &FileKind::ALL).map_err(Problem::bad_request)?;
        Ok(Self { kind })
    }
}

/// Returns a part of the path, or an empty string if it is not UTF-8.
pub(super) async fn path_segment<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    wanted: &str,
) -> String {
    match Path::<Vec<(String, String)>>::from_request_parts(parts, state).await {
        Ok(Path(values)) => {
            let found = values.into_iter().find(|(name, _)| name == wanted);
            found.map(|(_, text)| text).unwrap_or_default()
        }
        Err(_) => String::new(),
    }
}

const fn default_limit() -> u32 {
    DEFAULT_LIMIT
}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    let limit = number(&text, 1..=MAX_LIMIT);
    limit.ok_or_else(|| D::Error::custom(format!("limit must be a number from 1 to {MAX_LIMIT}")))
}

fn before<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JobId>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let id = number(&text, 1..=i64::MAX).map(JobId);
    let invalid = || D::Error::custom(format!("before is {text:?}, which is not the ID of a job"));
    id.ok_or_else(invalid).map(Some)
}

/// Reads digits only: `str::parse` would accept a sign.
pub(super) fn number<T: FromStr + PartialOrd>(text: &str, range: RangeInclusive<T>) -> Option<T> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = only_digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| range.contains(number))
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JobStatus>, D::Error> {
    let name = String::deserialize(deserializer)?;
    named(&name, JobStatus::ALL)
        .map(Some)
        .map_err(D::Error::custom)
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JobKind>, D::Error> {
    let name = String::deserialize(deserializer)?;
    named(&name, JobKind::ALL)
        .map(Some)
        .map_err(D::Error::custom)
}

fn file_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<FileKind>, D::Error> {
    let name = String::deserialize(deserializer)?;
    named(&name, &FileKind::ALL)
        .map(Some)
        .map_err(D::Error::custom)
}

/// Returns the value with this name, or a message with all names.
fn named<T: Copy + Display>(name: &str, values: &[T]) -> Result<T, String> {
    let found = values.iter().find(|value| value.to_string() == name);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = values.iter().map(ToString::to_string).collect();
        format!("{name:?} is not one of {}", names.join(", "))
    })
}

/// Describes an enum parameter by its wire names.
macro_rules! described {
    ($name:ident, $values:expr) => {
        struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                names($values).into()
            }
        }

        impl ToSchema for $name {}
    };
}
described!(StatusName, JobStatus::ALL);
described!(KindName, JobKind::ALL);
described!(FileTypeName, &FileKind::ALL);

fn names<T: Display>(values: &[T]) -> Schema {
    let names: Vec<_> = values.iter().map(ToString::to_string).collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .into()
}
