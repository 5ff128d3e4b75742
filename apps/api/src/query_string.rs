//! Query strings: read in full, or refused.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::problem::Problem;

/// How many characters a search may have.
const MAX_SEARCH_CHARS: usize = 1_000;

/// A query string. If it is invalid, the response is a problem.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let decoded = percent_decode_str(parts.uri.query().unwrap_or_default()).decode_utf8();
        if decoded.map_or(true, |decoded| decoded.contains('\0')) {
            return Err(Problem::bad_request(
                "the query string is invalid: its text must be UTF-8 without NUL",
            ));
        }
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

/// Middleware for paths that take no query string: refuses one, as other paths refuse unknown
/// parameters.
pub(crate) async fn refuse_query(request: Request, next: Next) -> Response {
    match request.uri().query().filter(|query| !query.is_empty()) {
        None => next.run(request).await,
        Some(query) => {
            let detail = format!("this path takes no parameters, but the request has {query:?}");
            Problem::bad_request(detail).into_response()
        }
    }
}

/// Reads what to search for.
pub(crate) fn search_words<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let words = String::deserialize(deserializer)?;
    if words.chars().count() > MAX_SEARCH_CHARS {
        let message = format!("q has more than {MAX_SEARCH_CHARS} characters");
        return Err(D::Error::custom(message));
    }
    Ok(Some(words))
}

/// Reads a parameter as what it stands for.
pub(crate) fn parsed<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    from_text(&text).map(Some)
}

/// Reads a field of a form. Browsers also send the fields that are empty.
pub(crate) fn filled<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    (!text.is_empty()).then(|| from_text(&text)).transpose()
}

fn from_text<T: FromStr<Err: Display>, E: serde::de::Error>(text: &str) -> Result<T, E> {
    let parsed = text.parse();
    parsed.map_err(|error| E::custom(format!("{text:?} is invalid: {error}")))
}
