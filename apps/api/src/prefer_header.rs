//! The `Prefer` header (RFC 7240), by which a client says how long it wants to wait.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

const PREFER: &str = "prefer";

/// The preferences that the API supports: `respond-async` and `wait`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PreferHeader {
    respond_async: bool,
    wait: Option<Duration>,
}

impl PreferHeader {
    /// Reads the headers. Ignores unknown and invalid preferences; of duplicates, the first counts.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut preferences = Self::default();
        let values = headers.get_all(PREFER).iter();
        let values = values.filter_map(|value| value.to_str().ok());
        for preference in values.flat_map(|value| value.split(',')) {
            // Parameters follow the semicolon. Neither of the two preferences has any.
            let preference = preference.split(';').next().unwrap_or_default();
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let value = value.trim().trim_matches('"');
            if name.trim().eq_ignore_ascii_case("respond-async") {
                preferences.respond_async = true;
            } else if name.trim().eq_ignore_ascii_case("wait") {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                let seconds = digits.then(|| value.parse().ok()).flatten();
                let wait = preferences.wait.or(seconds.map(Duration::from_secs));
                preferences.wait = wait;
            }
        }
        preferences
    }

    /// Returns how long the request waits for its load, `max_wait` at most.
    pub(crate) fn wait(self, max_wait: Duration) -> Duration {
        match self.wait {
            Some(wait) => wait.min(max_wait),
            None if self.respond_async => Duration::ZERO,
            None => max_wait,
        }
    }

    /// Returns the value of `Preference-Applied`, if a preference was applied.
    pub(crate) fn applied(self, max_wait: Duration, is_accepted: bool) -> Option<HeaderValue> {
        let mut applied = Vec::new();
        if self.respond_async && is_accepted {
            applied.push("respond-async".to_owned());
        }
        if self.wait.is_some() {
            applied.push(format!("wait={}", self.wait(max_wait).as_secs()));
        }
        let applied = (!applied.is_empty()).then(|| applied.join(", "))?;
        HeaderValue::try_from(applied).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_WAIT: Duration = Duration::from_secs(50);

    fn of(values: &[&'static str]) -> PreferHeader {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, HeaderValue::from_static(value));
        }
        PreferHeader::of(&headers)
    }

    #[test]
    fn client_chooses_wait_up_to_the_servers_limit() {
        let cases = [
            (&[][..], 50),
            (&["respond-async"], 0),
            (&["Respond-Async; foo=bar"], 0),
            (&["wait=7"], 7),
            (&["WAIT = \"7\""], 7),
            (&["wait=900"], 50),
            (&["respond-async, wait=3"], 3),
            (&["respond-async", "wait=3"], 3),
            (&["wait=3, wait=4"], 3),
            (&["return=minimal, wait=-1, wait=, wait=x"], 50),
        ];
        for (values, seconds) in cases {
            assert_eq!(of(values).wait(MAX_WAIT).as_secs(), seconds, "{values:?}");
        }
    }

    #[test]
    fn applied_preferences_are_reported_as_applied() {
        let applied = |values, is_accepted| {
            let applied = of(values).applied(MAX_WAIT, is_accepted);
            applied.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(applied(&["respond-async"], true).unwrap(), "respond-async");
        assert_eq!(applied(&["respond-async"], false), None);
        assert_eq!(applied(&["wait=900"], false).unwrap(), "wait=50");
        let both = applied(&["wait=3, respond-async"], true);
        assert_eq!(both.unwrap(), "respond-async, wait=3");
        assert_eq!(applied(&["return=minimal"], true), None);
    }
}
