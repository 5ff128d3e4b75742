//! How the HTTP API is served.

use std::net::SocketAddr;
use std::time::Duration;

use chrono_tz::Tz;
use clap::Args;
use thiserror::Error;

use crate::secret::Secret;

/// How the HTTP API is served, and who may start loads.
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

    /// Token that callers of the job endpoints have to show; better given by the environment, where
    /// other users cannot see it
    #[arg(long, env = "CUSIP_API_TOKEN", hide_env_values = true)]
    pub token: Option<Secret>,

    /// Token that is accepted too, as long as callers change over
    #[arg(long, env = "CUSIP_API_TOKEN_PREVIOUS", hide_env_values = true)]
    pub token_previous: Option<Secret>,

    /// Seconds that a request waits for its load before it is answered with 202; below the idle time
    /// limit of the load balancer
    #[arg(
        long,
        env = "CUSIP_API_WAIT_SECONDS",
        value_name = "SECONDS",
        default_value = "50",
        value_parser = seconds
    )]
    pub wait_seconds: Duration,

    /// Seconds that a load may go on after SIGTERM before it is rolled back
    #[arg(
        long,
        env = "CUSIP_API_SHUTDOWN_SECONDS",
        value_name = "SECONDS",
        default_value = "25",
        value_parser = seconds
    )]
    pub shutdown_seconds: Duration,

    /// Time zone in which a request without a date means today, such as `America/New_York`
    #[arg(
        long,
        env = "CUSIP_TIMEZONE",
        value_name = "ZONE",
        default_value = "UTC"
    )]
    pub timezone: Tz,
}

impl ApiSettings {
    /// Returns the tokens that are accepted: the one of now, and the previous one if there is one.
    ///
    /// Blanks and line ends around them are no part of them: no header could hold those, and a file
    /// that a token is read from often ends in one.
    ///
    /// # Errors
    ///
    /// [`MissingToken`] if there is none of now.
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

/// There is no token, or an empty one, so that nobody or everybody would be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "there is no token that callers would have to show; set CUSIP_API_TOKEN to a long random text, such as `openssl rand -hex 32` prints"
)]
#[non_exhaustive]
pub struct MissingToken;

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().map_err(|_| "it is not a number of seconds")?;
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
    fn a_line_end_behind_a_token_is_no_part_of_it() {
        let api = settings(&["--token", " new\r\n", "--token-previous", "old\n"]).unwrap();
        let tokens = api.tokens().unwrap();
        let tokens: Vec<_> = tokens.iter().map(Secret::expose).collect();
        assert_eq!(tokens, ["new", "old"]);
    }

    #[test]
    fn nothing_is_served_without_a_token() {
        for arguments in [
            &[][..],
            &["--token", " "],
            &["--token", "", "--token-previous", "old"],
        ] {
            assert_eq!(settings(arguments).unwrap().tokens(), Err(MissingToken));
        }
    }

    #[test]
    fn an_empty_previous_token_is_none() {
        let tokens = |previous| {
            let settings = settings(&["--token", "new", "--token-previous", previous]);
            settings.unwrap().tokens().unwrap().len()
        };
        assert_eq!((tokens("old"), tokens("")), (2, 1));
    }

    #[test]
    fn defaults_are_those_of_the_contract_and_no_debug_shows_a_token() {
        let settings = settings(&["--token", "swordfish"]).unwrap();
        assert_eq!(settings.bind.to_string(), "0.0.0.0:8000");
        assert_eq!(settings.wait_seconds, Duration::from_secs(50));
        assert_eq!(settings.shutdown_seconds, Duration::from_secs(25));
        assert_eq!(settings.timezone, Tz::UTC);
        assert!(!format!("{settings:?}").contains("swordfish"));
    }

    #[test]
    fn unknown_time_zones_are_refused() {
        assert!(settings(&["--timezone", "America/New_York"]).is_ok());
        assert!(settings(&["--timezone", "Mars/Olympus"]).is_err());
    }
}
