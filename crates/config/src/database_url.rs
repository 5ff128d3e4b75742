//! Parses the database URL, including the encryption parameters that the driver does not know.

use cusip_connect::SslMode;
use percent_encoding::percent_decode_str;
use tokio_postgres::Config;

use crate::invalid_database::InvalidDatabase;

const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// The other parameters, which the driver knows.
const PARAMETERS: [&str; 18] = [
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "sslnegotiation",
    "host",
    "hostaddr",
    "port",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
];

/// A parsed URL. It may contain a password.
pub(crate) struct DatabaseUrl {
    pub(crate) config: Config,
    pub(crate) sslmode: Option<SslMode>,
    pub(crate) sslrootcert: Option<String>,
}

impl DatabaseUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, InvalidDatabase> {
        let invalid = || InvalidDatabase::Url { source: None };
        let rest = SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme));
        let rest = rest.ok_or_else(invalid)?;
        if rest.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(InvalidDatabase::BlankInUrl);
        }
        // A password may contain question marks. Like the driver, take the first @ as its end.
        let credentials = rest.find('@').unwrap_or(0);
        let query = rest[credentials..].find('?');
        let (mut sslmode, mut sslrootcert) = (None, None);
        let mut others = Vec::new();
        // A second @ belongs to the password. Refuse it, so that no part of the password shows up as
        // host or database.
        let end = query.map_or(rest.len(), |start| credentials + start);
        if rest[credentials..end].matches('@').nth(1).is_some() {
            return Err(InvalidDatabase::SecondAt);
        }
        let address = match query {
            Some(start) => {
                let (address, query) = rest.split_at(credentials + start);
                for parameter in query[1..].split('&') {
                    match parameter.split_once('=') {
                        Some(("sslmode", word)) => {
                            let mode = decoded(word)?.parse();
                            sslmode = Some(mode.map_err(InvalidDatabase::SslMode)?);
                        }
                        Some(("sslrootcert", name)) => sslrootcert = Some(decoded(name)?),
                        Some((name, _)) if PARAMETERS.contains(&name) => others.push(parameter),
                        None if parameter.is_empty() => {}
                        Some((name, _)) if !name.contains('@') => {
                            let name = name.to_owned();
                            return Err(InvalidDatabase::UnknownParameter { name });
                        }
                        _ if parameter.contains('@') => return Err(InvalidDatabase::SecondAt),
                        _ => return Err(invalid()),
                    }
                }
                address
            }
            None => rest,
        };
        let [scheme, _] = SCHEMES;
        let mut known = format!("{scheme}{address}");
        if !others.is_empty() {
            known.push('?');
            known.push_str(&others.join("&"));
        }
        let config: Config = known.parse().map_err(|error| InvalidDatabase::Url {
            source: Some(error),
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(invalid());
        }
        Ok(Self {
            config,
            sslmode,
            sslrootcert,
        })
    }
}

fn decoded(text: &str) -> Result<String, InvalidDatabase> {
    let decoded = percent_decode_str(text).decode_utf8();
    let invalid = |_| InvalidDatabase::Url { source: None };
    decoded.map(String::from).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use tokio_postgres::config::Host;

    use super::*;

    fn error(url: &str) -> String {
        let error = DatabaseUrl::parse(url).err().expect("it is refused");
        let mut text = format!("{error} {error:?}");
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }

    #[test]
    fn sslmode_and_sslrootcert_are_read_and_the_driver_gets_the_rest() {
        let url = "postgresql://ada:pa?ss&x=%40@db:5433/cusip?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Fetc%2Frds%20ca.pem";
        let url = DatabaseUrl::parse(url).unwrap();
        assert_eq!(url.sslmode, Some(SslMode::VerifyFull));
        assert_eq!(url.sslrootcert.as_deref(), Some("/etc/rds ca.pem"));
        assert_eq!(url.config.get_hosts(), [Host::Tcp("db".to_owned())]);
        assert_eq!(url.config.get_ports(), [5433]);
        assert_eq!(url.config.get_user(), Some("ada"));
        assert_eq!(url.config.get_password(), Some(&b"pa?ss&x=@"[..]));
        let timeout = url.config.get_connect_timeout().unwrap();
        assert_eq!(timeout.as_secs(), 3);
    }

    #[test]
    fn url_without_encryption_parameters_sets_none() {
        for url in [
            "postgres://db/cusip",
            "postgresql://db?user=ada",
            "postgres://db?",
        ] {
            let url = DatabaseUrl::parse(url).unwrap();
            assert_eq!((url.sslmode, url.sslrootcert), (None, None));
        }
    }

    #[test]
    fn unknown_parameter_is_named_without_showing_the_url() {
        let text = error("postgresql://ada:swordfish@db/cusip?sslmode=require&sslsnooping=1");
        assert!(text.contains("unknown parameter \"sslsnooping\""), "{text}");
        assert!(!text.contains("swordfish"), "{text}");
    }

    #[test]
    fn unescaped_at_sign_in_a_password_is_refused_without_showing_it() {
        for url in [
            "postgresql://ada:sword@fish@db/cusip",
            "postgresql://ada:sword@fish/x@db/cusip",
            "postgresql://ada:sword@fish?x@db/cusip",
            "postgresql://ada:sword@fish?x=y@db@z/cusip",
        ] {
            let text = error(url);
            assert!(!text.contains("fish"), "{text}");
        }
        let text = error("postgresql://ada:sword@fish@db/cusip");
        assert!(text.contains("as %40"), "{text}");
        DatabaseUrl::parse("postgresql://db/cusip?user=ada@server").unwrap();
    }

    #[test]
    fn unknown_mode_is_refused_with_the_known_ones() {
        let text = error("postgresql://ada:swordfish@db/cusip?sslmode=allow");
        assert!(
            text.contains("in --database-url, sslmode 'allow'"),
            "{text}"
        );
        assert!(text.contains("verify-full"), "{text}");
        assert!(!text.contains("swordfish"), "{text}");
    }

    #[test]
    fn text_that_is_not_a_url_is_refused() {
        for text in ["", "db", "host=db sslmode=disable", "postgresql:///cusip"] {
            let text = error(text);
            assert!(text.contains("--database-url is not a URL"), "{text}");
        }
    }
}
