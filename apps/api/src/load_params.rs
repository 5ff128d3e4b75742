//! What the body of a request asks a load to be.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::FromRequest;
use cusip_loader::{LoadOptions, RejectLimit};
use cusip_pif::{Date, FileKind};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::problem::{Code, Problem};
use crate::state::{AppState, Rules};

/// Far more than any body needs.
const MOST_BYTES: usize = 64 * 1024;
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// The largest number that every JSON parser keeps exactly.
const LARGEST: u64 = 9_007_199_254_740_991;
const MOST_DECIMALS: usize = 4;

const MAX_AGE_DAYS: &str = "Most days between the day and the last change of its files, whose names carry no year; 0 for any number. By default 7.";
const MAX_REJECTS: &str = "Rejects that the load goes on with: a number, or a share of the records such as \"0.5%\"; without one, what the server was told (`CUSIP_MAX_REJECTS`, by default 0).";

/// The day's files that are to be loaded, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoadParams {
    pub(crate) kind: Option<FileKind>,
    pub(crate) date: Date,
    pub(crate) options: LoadOptions,
}

/// What a load is to be. Everything in it may be left out, and all of it too.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadBody {
    /// Day of the files; without one, today in the server's time zone (`CUSIP_TIMEZONE`).
    #[schema(format = Date, example = "2024-01-15")]
    date: Option<String>,
    #[schema(schema_with = max_rejects_schema)]
    max_rejects: Option<Value>,
    /// Load those of the day's files that are there, even if some are missing.
    allow_partial: Option<bool>,
    /// Load a day that is older than the newest one loaded, though it may undo newer rows.
    allow_older: Option<bool>,
    #[schema(schema_with = max_age_days_schema)]
    max_age_days: Option<Value>,
    /// Load files again that are known to have been loaded for this day.
    force: Option<bool>,
}

impl LoadBody {
    /// Makes the order, with the server's own rules for what the body does not say.
    pub(crate) fn load_params(
        self,
        kind: Option<FileKind>,
        rules: &Rules,
    ) -> Result<LoadParams, Problem> {
        let date = match self.date {
            None => cusip_config::today(&rules.timezone),
            Some(text) => (text.parse())
                .map_err(|error| wrong(&format!("date {text:?} cannot be used: {error}")))?,
        };
        let mut options = rules.options.clone();
        if let Some(value) = self.max_rejects {
            let limit = max_rejects(&value).ok_or_else(|| {
                wrong(&format!(
                    "max_rejects {value} is not a whole number such as 10, nor a share such as \"0.5%\""
                ))
            })?;
            options = options.with_max_rejects(limit);
        }
        if let Some(value) = self.max_age_days {
            let days = whole_number(&value).and_then(|days| u32::try_from(days).ok());
            let days = days.ok_or_else(|| {
                wrong(&format!(
                    "max_age_days {value} is not a whole number such as 7"
                ))
            })?;
            options = options.with_max_age_days(days);
        }
        let options = options
            .with_allow_partial(self.allow_partial.unwrap_or_default())
            .with_allow_older(self.allow_older.unwrap_or_default())
            .with_force(self.force.unwrap_or_default());
        Ok(LoadParams {
            kind,
            date,
            options,
        })
    }
}

impl FromRequest<AppState> for LoadBody {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &AppState) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        if let Some(query) = head.uri.query().filter(|query| !query.is_empty()) {
            let detail = format!(
                "the path takes no parameters, but there is {query:?}: send them as JSON, in the body"
            );
            return Err(wrong(&detail));
        }
        // What is announced as too long is not worth waiting for.
        if body.size_hint().lower() > MOST_BYTES as u64 {
            return Err(too_large());
        }
        let read = timeout(PATIENCE, to_bytes(body, MOST_BYTES)).await;
        let seconds = PATIENCE.as_secs();
        let read = read.map_err(|_| {
            let detail = format!("the body did not come within {seconds} s");
            Problem::new(Code::RequestTimeout, detail)
        })?;
        let body = read.map_err(|error| {
            let is_too_long = std::error::Error::source(&error)
                .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
            if is_too_long {
                too_large()
            } else {
                wrong("the body broke off")
            }
        })?;
        if body.is_empty() {
            return Ok(Self::default());
        }
        if let Some(detail) = not_json(&head.headers) {
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        // The fields of an array would be taken by their order.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(wrong(
                "the body is a JSON array, and has to be an object such as {\"date\": \"2024-01-15\"}",
            ));
        }
        let mut reader = serde_json::Deserializer::from_slice(&body);
        let read = serde_path_to_error::deserialize(&mut reader).and_then(|read: Option<Self>| {
            let nothing = serde_path_to_error::Track::new().path();
            let ended = reader.end();
            ended.map_err(|error| serde_path_to_error::Error::new(nothing, error))?;
            Ok(read.unwrap_or_default())
        });
        read.map_err(|error| wrong(&format!("the body cannot be understood: {error}")))
    }
}

/// Says what to do if a body is not sent as JSON, which is in UTF-8, as it is.
fn not_json(headers: &HeaderMap) -> Option<&'static str> {
    let value = |name| {
        let value = headers.get(name).map(HeaderValue::to_str);
        value.map(|value| value.unwrap_or_default().to_ascii_lowercase())
    };
    let coding = value(CONTENT_ENCODING);
    if coding.is_some_and(|coding| !["", "identity"].contains(&coding.trim())) {
        return Some("send the body as it is, without a `Content-Encoding`");
    }
    let media_type = value(CONTENT_TYPE).unwrap_or_default();
    let mut parts = media_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    if essence != "application/json"
        && !(essence.starts_with("application/") && essence.ends_with("+json"))
    {
        return Some("send the body with `Content-Type: application/json`, or none at all");
    }
    let charset = parts.find_map(|parameter| parameter.strip_prefix("charset="));
    let is_utf_8 = charset.is_none_or(|name| ["utf-8", "utf8"].contains(&name.trim_matches('"')));
    (!is_utf_8).then_some("send the body in UTF-8, with `Content-Type: application/json`")
}

/// Reads a number from 0 that is whole, which 10.0 and 1e1 are too where JSON is described.
fn whole_number(value: &Value) -> Option<u64> {
    let number = value.as_number()?;
    let whole = |number: f64| (number.fract() == 0.0 && number >= 0.0).then_some(number as u64);
    let number = number
        .as_u64()
        .or_else(|| number.as_f64().and_then(whole))?;
    (number <= LARGEST).then_some(number)
}

/// Reads a limit in the two forms that are documented, and in no other.
fn max_rejects(value: &Value) -> Option<RejectLimit> {
    match value {
        Value::Number(_) => whole_number(value).map(RejectLimit::rows),
        Value::String(text) => {
            let share = text.strip_suffix('%')?;
            let (whole, decimals) = share.split_once('.').unwrap_or((share, "0"));
            let whole_is_short = matches!(whole.len(), 1 | 2) || whole == "100";
            let decimals_are_short = (1..=MOST_DECIMALS).contains(&decimals.len());
            let parsed = text.parse().ok();
            parsed.filter(|_| whole_is_short && decimals_are_short)
        }
        _ => None,
    }
}

fn max_rejects_schema() -> utoipa::openapi::schema::Schema {
    use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(LARGEST));
    let share = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%$"));
    let nothing = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new()
        .item(number)
        .item(share)
        .item(nothing)
        .description(Some(MAX_REJECTS))
        .into()
}

fn max_age_days_schema() -> utoipa::openapi::schema::Schema {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
    let types = [Type::Integer, Type::Null];
    (ObjectBuilder::new().schema_type(SchemaType::from_iter(types)))
        .minimum(Some(0))
        .maximum(Some(u32::MAX))
        .description(Some(MAX_AGE_DAYS))
        .into()
}

fn too_large() -> Problem {
    let detail = format!("the body has more than {MOST_BYTES} bytes");
    Problem::new(Code::BodyTooLarge, detail)
}

fn wrong(detail: &str) -> Problem {
    Problem::new(Code::BadRequest, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_limit_has_one_of_two_forms() {
        for value in [
            json!(0),
            json!(10),
            json!(10.0),
            json!("0%"),
            json!("0.5%"),
            json!("100.0%"),
        ] {
            assert!(max_rejects(&value).is_some(), "{value}");
        }
        for value in [
            json!(-1),
            json!(1.5),
            json!(LARGEST + 1),
            json!("10"),
            json!("1.%"),
            json!(".5%"),
            json!("007%"),
            json!("100.1%"),
            json!("0.12345%"),
            json!(true),
            json!([]),
        ] {
            assert!(max_rejects(&value).is_none(), "{value}");
        }
    }
}
