//! How the HTTP API is served.

use std::net::SocketAddr;
use std::time::Duration;

use chrono_tz::Tz;
use clap::Args;

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
    #[arg(long, env = "CUSIP_API_TOKEN", hide_env_values = true, required = true, value_parser = token)]
    pub token: Secret,

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

fn token(text: &str) -> Result<Secret, &'static str> {
    if text.trim().is_empty() {
        return Err("an empty token would let everybody in");
    }
    Ok(Secret::new(text))
}

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
    fn nothing_is_served_without_a_token() {
        assert!(settings(&[]).is_err());
        let error = settings(&["--token", " "]).unwrap_err().to_string();
        assert!(error.contains("would let everybody in"), "{error}");
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
        assert!(settings(&["--token", "x", "--timezone", "America/New_York"]).is_ok());
        assert!(settings(&["--token", "x", "--timezone", "Mars/Olympus"]).is_err());
    }
}
