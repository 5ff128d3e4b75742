//! Settings of the HTTP API.

use std::net::SocketAddr;
use std::time::Duration;

use chrono_tz::Tz;
use clap::Args;
use thiserror::Error;

use crate::secret::Secret;

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
        default_value = "0.0.0.0:8000"
    )]
    pub bind: SocketAddr,

    /// Token that callers of the job endpoints must send; set it in the environment, where other
    /// users cannot see it
    #[arg(long, env = "CUSIP_API_TOKEN", hide_env_values = true)]
    pub token: Option<Secret>,

    /// Second token that is accepted while callers change to the new one
    #[arg(long, env = "CUSIP_API_TOKEN_PREVIOUS", hide_env_values = true)]
    pub token_previous: Option<Secret>,

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
        default_value = "UTC"
    )]
    pub timezone: Tz,
}

impl ApiSettings {
    /// Returns the accepted tokens: the current one, and the previous one if it is set.
    ///
    /// Spaces and line breaks around a token are removed. A header cannot contain them, and a file
    /// that contains a token often ends with one.
    ///
    /// # Errors
    ///
    /// [`MissingToken`] if there is no current token.
    pub fn tokens(&self) -> Result<Vec<Secret>, MissingToken> {
        let given = |token: &Option<Secret>| {
            let token = token.as_ref().map(|token| token.expose().trim());
            token.filter(|token| !token.is_empty()).map(Secret::new)
        };
        let token = given(&self.token).ok_or(MissingToken)?;
        Ok([Some(token), given(&self.token_previous)]
            .into_iter()
            .flatten()
            .collect())
    }
}

/// No token is set, or an empty one, so either no one or everyone could start loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "no API token is set; set CUSIP_API_TOKEN to a long random string, such as the output of `openssl rand -hex 32`"
)]
#[non_exhaustive]
pub struct MissingToken;

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

    #[test]
    fn whitespace_around_a_token_is_removed() {
        let api = settings(&["--token", " new\r\n", "--token-previous", "old\n"]).unwrap();
        let tokens = api.tokens().unwrap();
        let tokens: Vec<_> = tokens.iter().map(Secret::expose).collect();
        assert_eq!(tokens, ["new", "old"]);
    }

    #[test]
    fn missing_or_empty_token_is_an_error() {
        for arguments in [
            &[][..],
            &["--token", " "],
            &["--token", "", "--token-previous", "old"],
        ] {
            assert_eq!(settings(arguments).unwrap().tokens(), Err(MissingToken));
        }
    }

    #[test]
    fn empty_previous_token_is_ignored() {
        let tokens = |previous| {
            let settings = settings(&["--token", "new", "--token-previous", previous]);
            settings.unwrap().tokens().unwrap().len()
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
