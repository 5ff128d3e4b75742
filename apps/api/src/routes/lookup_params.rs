//! The parameters of look-ups.

use axum::extract::FromRequestParts;
use cusip_jobs::{AsOf, ChangeCursor, JobId};
use cusip_pif::Cusip;
use http::request::Parts;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::params::{number, path_segment};
use crate::problem::Problem;
use crate::query_string::{parsed, search_words};
use crate::representation::Format;

/// How many items JSON answers have unless the client says. The other formats have all.
const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 10_000;
const MAX_HITS: u32 = 100;
const DEFAULT_HITS: u32 = 50;

/// The identifier of a security in a path.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SecurityId {
    /// The CUSIP, with or without its check digit, or an ISIN that contains one. Blanks, dashes and lower
    /// case are accepted.
    #[param(example = "037833100")]
    pub(super) id: String,
}

/// The number of an issuer in a path.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct IssuerId {
    /// The issuer number: the first six characters of a CUSIP.
    #[param(example = "037833", pattern = "^[0-9A-Z*@#]{6}$")]
    pub(super) num: String,
}

/// Which state to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AsOfQuery {
    /// The state to show: after the last load of this day or an earlier one (`2024-01-15`), after the last
    /// load that was committed by this time in UTC (`2024-01-15T18:00:00Z`), or after this job (`job:7`).
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<AsOfText>, inline)]
    pub(super) as_of: Option<AsOf>,
}

/// What to search for, or which securities to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SecuritiesQuery {
    /// What to search for: an identifier, a ticker, or words of issuer, issue, ticker, and underwriter.
    /// Without it, all securities are listed in the order of their CUSIPs.
    #[serde(default, deserialize_with = "search_words")]
    #[param(max_length = 1_000, example = "apple")]
    pub(super) q: Option<String>,
    /// The maximum number of securities. A search finds at most 100 (default 50). A list in JSON has at most
    /// 10,000 (default 100); in other formats it has no limit by default.
    #[serde(default, deserialize_with = "limit")]
    #[param(value_type = Option<Limit>, inline)]
    pub(super) limit: Option<u32>,
    /// Only securities after this one: the value of `next` on the previous page.
    #[serde(default, deserialize_with = "cusip")]
    #[param(value_type = Option<CusipText>, inline)]
    pub(super) after: Option<Cusip>,
    /// The state to show, as in `GET /securities/{id}`. Not with `q`: a search looks at the current state.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<AsOfText>, inline)]
    pub(super) as_of: Option<AsOf>,
}

/// Which issues of an issuer to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct IssuesQuery {
    /// The maximum number of issues: 100 in JSON unless you say, all in the other formats.
    #[serde(default, deserialize_with = "limit")]
    #[param(value_type = Option<Limit>, inline)]
    pub(super) limit: Option<u32>,
    /// Only issues after this one: the value of `next` on the previous page.
    #[serde(default, deserialize_with = "cusip")]
    #[param(value_type = Option<CusipText>, inline)]
    pub(super) after: Option<Cusip>,
    /// The state to show, as in `GET /securities/{id}`.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<AsOfText>, inline)]
    pub(super) as_of: Option<AsOf>,
}

/// Which changes to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesQuery {
    /// Only what loads after this job changed: the `job_id` of the last answer, or 0 for everything.
    #[serde(deserialize_with = "job")]
    #[param(minimum = 0, maximum = 9_223_372_036_854_775_807_u64, value_type = i64, example = 7)]
    pub(super) since_job: JobId,
    /// The maximum number of changes: 100 in JSON unless you say, all in the other formats.
    #[serde(default, deserialize_with = "limit")]
    #[param(value_type = Option<Limit>, inline)]
    pub(super) limit: Option<u32>,
    /// Only changes after this one: the value of `next` on the previous page.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, pattern = "^[0-9]{1,18}-(issuer-[0-9A-Z*@#]{6}|(issue|issue_attr)-[0-9A-Z*@#]{8})$", example = "12-issuer-037833")]
    pub(super) after: Option<ChangeCursor>,
}

impl SecuritiesQuery {
    /// Returns how many hits a search may have.
    pub(super) fn hits(&self) -> Result<u32, Problem> {
        match self.limit {
            Some(limit) if limit > MAX_HITS => Err(Problem::bad_request(format!(
                "a search finds at most {MAX_HITS} securities, so limit must not be above that; leave q out to list all"
            ))),
            limit => Ok(limit.unwrap_or(DEFAULT_HITS)),
        }
    }
}

/// Returns how many items an answer may have. A client reads JSON as a whole, so that always has a limit.
pub(super) fn limit_for(format: Format, asked: Option<u32>) -> Option<u32> {
    match format {
        Format::Json => Some(asked.unwrap_or(DEFAULT_LIMIT)),
        _ => asked,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SecurityId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = path_segment(parts, state, "id").await;
        Ok(Self { id })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IssuerId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let num = path_segment(parts, state, "num").await;
        Ok(Self { num })
    }
}

/// Describes [`AsOf`].
pub(super) struct AsOfText;
/// Describes a [`Cusip`].
struct CusipText;
/// Describes the limit of a page.
struct Limit;

impl PartialSchema for AsOfText {
    fn schema() -> RefOr<Schema> {
        let pattern =
            r"^(job:[0-9]{1,18}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?)$";
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let schema = schema.pattern(Some(pattern));
        schema.examples(["job:7"]).into()
    }
}

impl PartialSchema for CusipText {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        schema.examples(["037833100"]).into()
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(Type::Integer);
        let schema = schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)));
        schema.minimum(Some(1)).maximum(Some(MAX_LIMIT)).into()
    }
}

impl ToSchema for AsOfText {}
impl ToSchema for CusipText {}
impl ToSchema for Limit {}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let limit = number(&text, 1..=MAX_LIMIT);
    let invalid = || D::Error::custom(format!("limit must be a number from 1 to {MAX_LIMIT}"));
    limit.ok_or_else(invalid).map(Some)
}

fn job<'de, D: Deserializer<'de>>(deserializer: D) -> Result<JobId, D::Error> {
    let text = String::deserialize(deserializer)?;
    let invalid = || D::Error::custom(format!("{text:?} is not the ID of a job"));
    number(&text, 0..=i64::MAX).map(JobId).ok_or_else(invalid)
}

fn cusip<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cusip>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let found = Cusip::parse_loosely(&text).map(Some);
    found.map_err(|error| D::Error::custom(format!("{text:?} is invalid: {error}")))
}
