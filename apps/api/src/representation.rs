//! How an answer is represented: its format, and the state that it shows.

use axum::response::{IntoResponse as _, Response};
use cusip_jobs::State;
use cusip_postgres::schema_version;
use http::header::{ACCEPT, CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::problem::{Code, Problem};

/// The number of the job that made the state.
const STATE_JOB: HeaderName = HeaderName::from_static("state-job-id");
/// The day of the state.
const STATE_DATE: HeaderName = HeaderName::from_static("state-date");

const ARROW: &str = "application/vnd.apache.arrow.stream";

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Ndjson,
    Csv,
    /// A stream of Arrow record batches.
    Arrow,
}

impl Format {
    /// In the order in which they are preferred if the client accepts several equally.
    const ALL: [Self; 4] = [Self::Json, Self::Ndjson, Self::Csv, Self::Arrow];

    /// Returns the format that the client prefers, which is JSON if it does not say.
    pub(crate) fn accepted(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Ok(Self::Json);
        }
        let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
        let ranges = values.join(",");
        let best = Self::ALL
            .into_iter()
            .rev()
            .max_by_key(|format| format.quality(&ranges));
        best.filter(|best| best.quality(&ranges) > 0)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::media_type).join(", ");
                let detail =
                    format!("the header `Accept` allows none of the formats of this path: {names}");
                Problem::new(Code::NotAcceptable, detail)
            })
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            Self::Arrow => ARROW,
        }
    }

    /// Returns the value of the header `Content-Type`.
    pub(crate) const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Arrow => ARROW,
        })
    }

    /// Returns how much the client wants this format, from 0 to 1000, by the most specific range.
    fn quality(self, ranges: &str) -> u32 {
        let media_type = self.media_type();
        let (kind, _) = media_type.split_once('/').unwrap_or_default();
        let matching = ranges.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next()?.to_ascii_lowercase();
            let precision = if name == media_type {
                2
            } else if name.strip_suffix("/*") == Some(kind) {
                1
            } else if name == "*/*" {
                0
            } else {
                return None;
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f64>().ok());
            let quality = quality.unwrap_or(1.0).clamp(0.0, 1.0);
            Some((precision, (quality * 1_000.0) as u32))
        });
        matching.max().map_or(0, |(_, quality)| quality)
    }
}

/// The state and the format of an answer, as its headers say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Representation {
    pub(crate) format: Format,
    /// `None` if nothing has been loaded.
    pub(crate) state: Option<State>,
}

impl Representation {
    /// Returns the answer 304 if the client has this representation already.
    pub(crate) fn not_modified(&self, headers: &HeaderMap) -> Option<Response> {
        let known = headers.get_all(IF_NONE_MATCH).iter();
        let mut known = known.filter_map(|value| value.to_str().ok());
        let (tag, strong) = (self.tag(), self.tag().replace("W/", ""));
        let is_known = known.any(|tags| {
            let mut tags = tags.split(',').map(str::trim);
            tags.any(|given| given == "*" || given == tag || given == strong)
        });
        is_known.then(|| {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            self.describe(response.headers_mut());
            response
        })
    }

    /// Adds the headers that say which state the answer shows, and how long it stays valid.
    pub(crate) fn describe(&self, headers: &mut HeaderMap) {
        let tag = HeaderValue::try_from(self.tag());
        headers.insert(
            ETAG,
            tag.expect("a tag has only digits, letters, dots and quotes"),
        );
        // The next load changes the answer, so it is always asked for; 304 makes that cheap.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(VARY, HeaderValue::from_static("accept, authorization"));
        self.label(headers);
    }

    /// Adds the headers that say which state the answer shows.
    pub(crate) fn label(&self, headers: &mut HeaderMap) {
        if let Some(state) = self.state {
            headers.insert(STATE_JOB, HeaderValue::from(state.job.0));
            if let Some(Ok(date)) = state
                .date
                .map(|date| HeaderValue::try_from(date.to_string()))
            {
                headers.insert(STATE_DATE, date);
            }
        }
    }

    /// Returns the beginning of a JSON object with the state as its first fields.
    pub(crate) fn json_head(&self) -> String {
        let job = self
            .state
            .map_or("null".to_owned(), |state| state.job.to_string());
        let date = self.state.and_then(|state| state.date);
        let date = date.map_or("null".to_owned(), |date| format!("\"{date}\""));
        format!("{{\"job_id\":{job},\"date\":{date}")
    }

    /// Returns the entity tag. It is weak because equally good hits may change places.
    ///
    /// The same state has another representation in another version of the schema or of the program.
    fn tag(&self) -> String {
        let job = self.state.map_or(0, |state| state.job.0);
        let schema = schema_version();
        let program = env!("CARGO_PKG_VERSION");
        let format = match self.format {
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
            Format::Arrow => "arrow",
        };
        format!("W/\"{job}.{schema}.{program}.{format}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &'static str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        Format::accepted(&headers).ok()
    }

    #[test]
    fn format_is_the_one_that_the_client_prefers() {
        for (accept, format) in [
            ("*/*", Some(Format::Json)),
            ("application/*", Some(Format::Json)),
            ("text/csv", Some(Format::Csv)),
            ("TEXT/CSV; charset=utf-8", Some(Format::Csv)),
            ("text/html, text/*;q=0.5", Some(Format::Csv)),
            (
                "application/json;q=0.1, application/x-ndjson",
                Some(Format::Ndjson),
            ),
            ("*/*;q=0.1, application/json;q=0", Some(Format::Ndjson)),
            ("application/xml", None),
            ("application/vnd.apache.arrow.stream", Some(Format::Arrow)),
            ("text/csv;q=0", None),
            ("", None),
        ] {
            assert_eq!(accepted(accept), format, "{accept}");
        }
        assert_eq!(Format::accepted(&HeaderMap::new()).ok(), Some(Format::Json));
    }
}
