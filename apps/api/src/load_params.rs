//! What a request asks a load to do: the day, the files, and the options.

use axum::extract::{FromRequest, Request};
use chrono_tz::Tz;
use cusip_config::today;
use cusip_jobs::RejectLimit;
use cusip_loader::LoadOptions;
use cusip_pif::{Date, FileKind};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use self::schema::{max_age_days_schema, max_rejects_schema};
use crate::problem::{Code, Problem};
use crate::request_body::read_body;

mod schema;

pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
/// The largest integer that every JSON implementation can represent exactly (RFC 8259, section 6).
const MAX_INTEGER: u64 = 9_007_199_254_740_991;
/// The maximum length of the string in `max_rejects`. A number of this many digits is below
/// [`MAX_INTEGER`].
const MAX_LIMIT_LENGTH: usize = 15;

/// A day's files to load, and how. Two requests with equal parameters share one load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoadParams {
    /// The only kind of file to load, or `None` for all three.
    pub(crate) kind: Option<FileKind>,
    pub(crate) date: Date,
    pub(crate) options: LoadOptions,
}

/// What applies where a request body says nothing.
#[derive(Debug, Clone)]
pub(crate) struct LoadDefaults {
    pub(crate) options: LoadOptions,
    pub(crate) timezone: Tz,
}

/// How to load a day's files. Every field is optional, and so is the whole body.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object such as {\"date\": \"2024-01-15\"}"
)]
#[schema(example = json!({"date": "2024-01-15"}))]
pub(crate) struct LoadBody {
    /// The day of the files. Defaults to today in the server's time zone (`CUSIP_TIMEZONE`).
    #[serde(default, deserialize_with = "date")]
    #[schema(value_type = Option<String>, format = Date, example = "2024-01-15")]
    date: Option<Date>,
    #[serde(default, deserialize_with = "max_rejects")]
    #[schema(schema_with = max_rejects_schema)]
    max_rejects: Option<RejectLimit>,
    /// Load the files that exist even if others of the day are missing.
    #[serde(default, deserialize_with = "allow_partial")]
    allow_partial: Option<bool>,
    /// Load a day that is older than the newest loaded day, although this may overwrite newer rows.
    #[serde(default, deserialize_with = "allow_older")]
    allow_older: Option<bool>,
    #[serde(default, deserialize_with = "max_age_days")]
    #[schema(schema_with = max_age_days_schema)]
    max_age_days: Option<u32>,
    /// Load files again that have already been loaded for this day.
    #[serde(default, deserialize_with = "force")]
    force: Option<bool>,
}

impl LoadBody {
    /// Adds the defaults of the server.
    pub(crate) fn into_params(self, kind: Option<FileKind>, defaults: &LoadDefaults) -> LoadParams {
        let server = &defaults.options;
        let options = LoadOptions {
            max_rejects: self.max_rejects.unwrap_or(server.max_rejects),
            max_age_days: self.max_age_days.unwrap_or(server.max_age_days),
            allow_partial: self.allow_partial.unwrap_or_default(),
            allow_older: self.allow_older.unwrap_or_default(),
            force: self.force.unwrap_or_default(),
            ..server.clone()
        };
        LoadParams {
            kind,
            date: self.date.unwrap_or_else(|| today(&defaults.timezone)),
            options,
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for LoadBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        if let Some(query) = head.uri.query().filter(|query| !query.is_empty()) {
            return Err(Problem::bad_request(format!(
                "this path takes no query string, but the request has {query:?}; send the parameters as JSON in the body"
            )));
        }
        let body = read_body(body, MAX_BODY_BYTES).await?;
        if body.is_empty() {
            return Ok(Self::default());
        }
        refuse_other_media_types(&head.headers)?;
        parse(&body)
    }
}

/// Reads a JSON object, or null, which counts as an object without fields.
fn parse(body: &[u8]) -> Result<LoadBody, Problem> {
    // Serde would also accept an array, and treat its items as the fields in their order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::bad_request(
            "the request body is a JSON array; send an object such as {\"date\": \"2024-01-15\"}",
        ));
    }
    let body: Option<LoadBody> =
        serde_json::from_slice(body).map_err(|error| invalid_body(&error))?;
    Ok(body.unwrap_or_default())
}

/// Returns the problem of a request body that is not the expected JSON.
pub(crate) fn invalid_body(error: &serde_json::Error) -> Problem {
    let problem = match error.classify() {
        Category::Eof => "the request body is incomplete JSON",
        Category::Syntax | Category::Io => "the request body is not JSON",
        Category::Data => "the request body is invalid",
    };
    Problem::bad_request(format!("{problem}: {error}"))
}

/// Refuses a body that is compressed, or declared as anything other than JSON in UTF-8.
///
/// A body without a `Content-Type` counts as JSON: nothing else makes sense here.
pub(crate) fn refuse_other_media_types(headers: &HeaderMap) -> Result<(), Problem> {
    let value = |name| {
        let value = headers.get(name)?.to_str().unwrap_or("unreadable");
        Some(value.trim().to_ascii_lowercase()).filter(|value| !value.is_empty())
    };
    let refuse = |detail| Err(Problem::new(Code::UnsupportedMediaType, detail));
    let encoding = value(CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return refuse("send the request body without a `Content-Encoding`");
    }
    let Some(content_type) = value(CONTENT_TYPE) else {
        return Ok(());
    };
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = |name: &str| {
        let subtype = name.strip_prefix("application/").unwrap_or_default();
        subtype == "json" || subtype.ends_with("+json")
    };
    if !parts.next().is_some_and(is_json) {
        return refuse("send the request body as JSON, with `Content-Type: application/json`");
    }
    let charset = parts.find_map(|parameter| parameter.strip_prefix("charset="));
    if charset.is_some_and(|name| !["utf-8", "utf8"].contains(&name.trim_matches('"'))) {
        return refuse("send the request body in UTF-8, the only encoding of JSON");
    }
    Ok(())
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let read = |value: Value| {
        let date = value.as_str().and_then(|text| text.parse().ok());
        let invalid = || {
            D::Error::custom(format!(
                "date is {value}; send a day such as \"2024-01-15\""
            ))
        };
        date.ok_or_else(invalid)
    };
    let value = Option::<Value>::deserialize(deserializer)?;
    value.map(read).transpose()
}

/// Defines the deserializer of a flag. Its errors name the flag; serde's do not.
macro_rules! flag {
    ($name:ident) => {
        fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
            let read = |value: Value| {
                let name = stringify!($name);
                let invalid = || D::Error::custom(format!("{name} is {value}; send true or false"));
                value.as_bool().ok_or_else(invalid)
            };
            let value = Option::<Value>::deserialize(deserializer)?;
            value.map(read).transpose()
        }
    };
}
flag!(allow_partial);
flag!(allow_older);
flag!(force);

/// Reads a limit that is written as a JSON number, or as a string such as `"0.5%"`.
fn max_rejects<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<RejectLimit>, D::Error> {
    let invalid = |value: &Value| {
        D::Error::custom(format!(
            "max_rejects is {value}; send an integer from 0 to {MAX_INTEGER}, or a percentage such as \"0.5%\""
        ))
    };
    let read = |value: Value| {
        let limit = match &value {
            Value::Number(number) => integer(number, MAX_INTEGER).map(RejectLimit::rows),
            Value::String(text) if text.len() <= MAX_LIMIT_LENGTH => text.parse().ok(),
            _ => None,
        };
        limit.ok_or_else(|| invalid(&value))
    };
    let value = Option::<Value>::deserialize(deserializer)?;
    value.map(read).transpose()
}

fn max_age_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let read = |value: Value| {
        let number = value.as_number();
        let days = number.and_then(|number| integer(number, u64::from(u32::MAX)));
        let days = days.and_then(|days| u32::try_from(days).ok());
        days.ok_or_else(|| {
            let most = u32::MAX;
            D::Error::custom(format!(
                "max_age_days is {value}; send an integer from 0 to {most}"
            ))
        })
    };
    let value = Option::<Value>::deserialize(deserializer)?;
    value.map(read).transpose()
}

/// Returns the number if it is an integer from 0 to `most`, as JSON Schema counts: 10.0, 1e1, and -0 are
/// integers too.
///
/// `most` is at most [`MAX_INTEGER`], so the conversion to a float changes no number within the limit,
/// and lifts no number above it into the limit.
fn integer(number: &Number, most: u64) -> Option<u64> {
    let value = number.as_f64()?;
    let is_valid = value.fract() == 0.0 && (0.0..=most as f64).contains(&value);
    is_valid.then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(name: &str, value: &Value) -> Result<LoadBody, serde_json::Error> {
        serde_json::from_value(json!({name: value}))
    }

    #[test]
    fn errors_name_the_field_and_say_what_to_send() {
        let cases = [
            ("5", "an object such as {\"date\": \"2024-01-15\"}"),
            ("\"day\"", "an object such as {\"date\": \"2024-01-15\"}"),
            ("{\"force\": 1}", "force is 1; send true or false"),
            (
                "{\"date\": 20240115}",
                "date is 20240115; send a day such as",
            ),
            (
                "{\"date\": \"2024-02-30\"}",
                "date is \"2024-02-30\"; send a day such as",
            ),
            (
                "{\"day\": \"2024-01-15\"}",
                "unknown field `day`, expected one of `date`",
            ),
            ("{\"date\": ", "is incomplete JSON"),
            ("date=2024-01-15", "is not JSON"),
            ("[]", "is a JSON array; send an object"),
        ];
        for (body, expected) in cases {
            let problem = parse(body.as_bytes()).unwrap_err();
            let detail = format!("{problem:?}").replace("\\\"", "\"");
            assert!(detail.contains(expected), "{body}: {detail}");
            assert!(!detail.contains("LoadBody"), "{body}: {detail}");
        }
        for body in ["{}", "null", " {\"force\": null} "] {
            assert!(parse(body.as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn reject_limit_is_an_integer_or_a_percentage() {
        let number = |digits: &str| serde_json::from_str::<Value>(digits).unwrap();
        let valid = [
            (number("0"), "0"),
            (number("-0"), "0"),
            (number("10.0"), "10"),
            (number("1e1"), "10"),
            (number("9007199254740991"), "9007199254740991"),
            (number("9007199254740991.0"), "9007199254740991"),
            (json!("10"), "10"),
            (json!("999999999999999"), "999999999999999"),
            (json!("0%"), "0%"),
            (json!("0.5%"), "0.5%"),
            (json!("100.0000%"), "100%"),
        ];
        for (value, limit) in valid {
            let body = body("max_rejects", &value).unwrap();
            assert_eq!(body.max_rejects.unwrap().to_string(), limit, "{value}");
        }
        let invalid = [
            number("-1"),
            number("1.5"),
            number("9007199254740992"),
            number("9007199254740993"),
            number("18446744073709551615"),
            number("124948098871364725486964636743892992"),
            number("1e30"),
            number("1e999"),
            json!("ten"),
            json!("9007199254740991"),
            json!(".5%"),
            json!("5.%"),
            json!("005%"),
            json!("100.1%"),
            json!("0.12345%"),
            json!(true),
            json!([]),
        ];
        for value in invalid {
            let error = body("max_rejects", &value).unwrap_err().to_string();
            assert!(error.contains("send an integer from 0"), "{value}: {error}");
        }
    }

    #[test]
    fn maximum_age_is_an_integer() {
        for value in ["0", "-0", "7", "7.0", "null", "4294967295", "4294967295.0"] {
            let value = serde_json::from_str(value).unwrap();
            assert!(body("max_age_days", &value).is_ok(), "{value}");
        }
        for value in ["-1", "1.5", "\"7\"", "4294967296", "1e30", "true", "[]"] {
            let value = serde_json::from_str(value).unwrap();
            assert!(body("max_age_days", &value).is_err(), "{value}");
        }
    }
}
