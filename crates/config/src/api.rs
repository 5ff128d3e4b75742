//! Settings of the HTTP API.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use chrono_tz::Tz;
use clap::Args;
use http::HeaderName;
use thiserror::Error;

use crate::secret::Secret;

/// The shortest token that the server accepts if other machines can reach it. 16 hexadecimal digits have
/// 64 random bits.
const MIN_TOKEN_CHARS: usize = 16;
const MIN_DIFFERENT: usize = 6;
/// Words that examples use in place of a token.
const PLACEHOLDERS: [&str; 6] = [
    "changeme",
    "change-me",
    "change_me",
    "password",
    "example",
    "replace",
];

/// How to serve the HTTP API, and who may start loads.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "API")]
#[non_exhaustive]
pub struct ApiSettings {
    /// Address and port to listen on
    #[arg(
        long,
        env = "CUSIP_API_BIND",
        value_name = "ADDRESS",
        default_value = "0.0.0.0:8000",
        value_parser = address
    )]
    pub bind: SocketAddr,

    /// Token that callers of the job endpoints must send; set it in the environment, where other
    /// users cannot see it
    #[arg(long, env = "CUSIP_API_TOKEN", hide_env_values = true)]
    pub token: Option<Secret>,

    /// Second token that is accepted while callers change to the new one
    #[arg(long, env = "CUSIP_API_TOKEN_PREVIOUS", hide_env_values = true)]
    pub token_previous: Option<Secret>,

    /// Token with which callers may look at everything, but not start or cancel loads
    #[arg(long, env = "CUSIP_API_READ_TOKEN", hide_env_values = true)]
    pub read_token: Option<Secret>,

    /// Seconds that a request waits for its load before it gets a 202 response; keep it below the
    /// load balancer's idle timeout
    #[arg(
        long,
        env = "CUSIP_API_WAIT_SECONDS",
        value_name = "SECONDS",
        default_value = "50",
        value_parser = seconds
    )]
    pub wait_seconds: Duration,

    /// Seconds that a running load may continue after SIGTERM before it is rolled back
    #[arg(
        long,
        env = "CUSIP_API_SHUTDOWN_SECONDS",
        value_name = "SECONDS",
        default_value = "25",
        value_parser = seconds
    )]
    pub shutdown_seconds: Duration,

    /// Time zone that decides which day is today when a request has no date, such as
    /// `America/New_York`
    #[arg(
        long,
        env = "CUSIP_TIMEZONE",
        value_name = "ZONE",
        default_value = "UTC",
        value_parser = zone
    )]
    pub timezone: Tz,

    /// Reverse proxies in front of the server, such as a load balancer; the address of a caller is the
    /// one that the outermost of them added to `X-Forwarded-For`
    #[arg(
        long,
        env = "CUSIP_API_PROXIES",
        value_name = "NUMBER",
        default_value_t = 0
    )]
    pub proxies: usize,

    /// Request header with the caller's name for the job log, such as `X-Forwarded-User`; set it only
    /// if a proxy overwrites the header, because otherwise any caller can invent a name
    #[arg(long, env = "CUSIP_API_REQUESTED_BY_HEADER", value_name = "NAME")]
    pub requested_by_header: Option<HeaderName>,
}

impl ApiSettings {
    /// Returns the accepted tokens.
    ///
    /// Spaces and line breaks around a token are removed. A header cannot contain them, and a file
    /// that contains a token often ends with one.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] if there is no current token, or if other machines can reach the server and a
    /// token is easy to guess.
    pub fn tokens(&self) -> Result<ApiTokens, InvalidToken> {
        let given = |token: &Option<Secret>| {
            let token = token.as_ref().map(|token| token.expose().trim());
            token.filter(|token| !token.is_empty()).map(Secret::new)
        };
        let token = given(&self.token).ok_or(InvalidToken::Missing)?;
        let named = [
            ("CUSIP_API_TOKEN", Some(token)),
            ("CUSIP_API_TOKEN_PREVIOUS", given(&self.token_previous)),
            ("CUSIP_API_READ_TOKEN", given(&self.read_token)),
        ];
        for (variable, token) in &named {
            let is_local = self.bind.ip().to_canonical().is_loopback();
            if !is_local && token.as_ref().is_some_and(|token| is_weak(token.expose())) {
                let address = self.bind;
                return Err(InvalidToken::Weak { variable, address });
            }
        }
        let [current, previous, read] = named.map(|(_, token)| token);
        Ok(ApiTokens {
            jobs: current.into_iter().chain(previous).collect(),
            read,
        })
    }
}

/// The tokens that the API accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiTokens {
    /// Those that allow everything: the current one, and the previous one if it is set.
    pub jobs: Vec<Secret>,
    /// The one that allows to look only.
    pub read: Option<Secret>,
}

/// Returns whether a token is easy to guess.
fn is_weak(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    let is_placeholder = PLACEHOLDERS.iter().any(|word| lower.contains(word));
    let different: HashSet<_> = token.chars().collect();
    is_placeholder || token.chars().count() < MIN_TOKEN_CHARS || different.len() < MIN_DIFFERENT
}

/// A token that would let no one or everyone start loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// No token is set, or an empty one.
    #[error(
        "no API token is set; set CUSIP_API_TOKEN to a long random string, such as the output of `openssl rand -hex 32`"
    )]
    Missing,
    /// A token is easy to guess, and other machines can reach the server.
    #[error(
        "{variable} is easy to guess, and other machines can reach {address}; set it to a random string of at least {MIN_TOKEN_CHARS} characters, such as the output of `openssl rand -hex 32`, or listen on 127.0.0.1 only (--bind)"
    )]
    Weak {
        /// The variable that contains the token.
        variable: &'static str,
        /// Where the server would listen.
        address: SocketAddr,
    },
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    (text.parse()).map_err(|_| "it is not an IP address and a port, such as 0.0.0.0:8000")
}

fn zone(text: &str) -> Result<Tz, &'static str> {
    (text.parse()).map_err(|_| "it is not the name of a time zone, such as America/New_York")
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text
        .parse()
        .map_err(|_| "it is not a whole number of seconds")?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        api: ApiSettings,
    }

    fn settings(arguments: &[&str]) -> Result<ApiSettings, clap::Error> {
        let arguments = ["program"].iter().chain(arguments);
        Program::try_parse_from(arguments).map(|program| program.api)
    }

    fn on_loopback(arguments: &[&str]) -> Result<ApiSettings, clap::Error> {
        settings(&[&["--bind", "127.0.0.1:8000"], arguments].concat())
    }

    #[test]
    fn token_that_is_easy_to_guess_is_refused_if_other_machines_can_reach_the_server() {
        let strong = "9f86d081884c7d65";
        let weak = [
            "x",
            "changeme",
            "changeme-changeme-changeme",
            "ChangeMe0123456789",
            "my-password-is-long",
            "0123456789abcde",
            "abababababababababababab",
        ];
        for token in weak {
            let (first, second, third) = (
                ["--token", token],
                ["--token", strong, "--token-previous", token],
                ["--token", strong, "--read-token", token],
            );
            for (arguments, variable) in [
                (&first[..], "CUSIP_API_TOKEN"),
                (&second, "CUSIP_API_TOKEN_PREVIOUS"),
                (&third, "CUSIP_API_READ_TOKEN"),
            ] {
                for bind in ["0.0.0.0:8000", "[::]:8000", "192.0.2.1:8000"] {
                    let arguments = [&["--bind", bind], arguments].concat();
                    let error = settings(&arguments)
                        .unwrap()
                        .tokens()
                        .unwrap_err()
                        .to_string();
                    let expected = format!("{variable} is easy to guess");
                    assert!(error.starts_with(&expected), "{error}");
                }
                for bind in ["127.0.0.1:8000", "127.1.2.3:0", "[::1]:8000"] {
                    let arguments = [&["--bind", bind], arguments].concat();
                    assert!(
                        settings(&arguments).unwrap().tokens().is_ok(),
                        "{arguments:?}"
                    );
                }
            }
        }
        for token in [
            strong,
            "correct-horse-battery-staple",
            "Zm9vYmFyYmF6cXV4MTIz",
        ] {
            assert!(
                settings(&["--token", token]).unwrap().tokens().is_ok(),
                "{token}"
            );
        }
    }

    #[test]
    fn whitespace_around_a_token_is_removed() {
        let arguments = [
            "--token",
            " new\r\n",
            "--token-previous",
            "old\n",
            "--read-token",
            "read\n",
        ];
        let api = on_loopback(&arguments).unwrap();
        let tokens = api.tokens().unwrap();
        assert_eq!(tokens.jobs, [Secret::new("new"), Secret::new("old")]);
        assert_eq!(tokens.read, Some(Secret::new("read")));
    }

    #[test]
    fn missing_or_empty_token_is_an_error() {
        for arguments in [
            &[][..],
            &["--token", " "],
            &["--token", "", "--token-previous", "old"],
        ] {
            let tokens = on_loopback(arguments).unwrap().tokens();
            assert_eq!(tokens, Err(InvalidToken::Missing));
        }
    }

    #[test]
    fn empty_previous_token_is_ignored() {
        let tokens = |previous| {
            let settings = on_loopback(&["--token", "new", "--token-previous", previous]);
            settings.unwrap().tokens().unwrap().jobs.len()
        };
        assert_eq!((tokens("old"), tokens("")), (2, 1));
    }

    #[test]
    fn defaults_match_the_contract_and_debug_hides_the_token() {
        let settings = settings(&["--token", "swordfish"]).unwrap();
        assert_eq!(settings.bind.to_string(), "0.0.0.0:8000");
        assert_eq!(settings.wait_seconds, Duration::from_secs(50));
        assert_eq!(settings.shutdown_seconds, Duration::from_secs(25));
        assert_eq!(settings.timezone, Tz::UTC);
        assert!(!format!("{settings:?}").contains("swordfish"));
    }

    #[test]
    fn unknown_time_zone_is_refused() {
        assert!(settings(&["--timezone", "America/New_York"]).is_ok());
        assert!(settings(&["--timezone", "Mars/Olympus"]).is_err());
    }
}
