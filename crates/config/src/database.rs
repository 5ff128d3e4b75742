//! Settings of the database connection.

use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use cusip_connect::{
    ConnectOptions, CredentialSource, RootCertificates, SslMode, Tls, check_host, check_name,
};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::aws;
use crate::database_url::DatabaseUrl;
use crate::invalid_database::InvalidDatabase;
use crate::secret::Secret;
use crate::whole_number::whole_number;

/// Where the database is and how to connect: a server, a URL, or an embedded server.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
#[non_exhaustive]
pub struct DatabaseSettings {
    /// Host name of the server, or the folder of its socket
    #[arg(long, env = "CUSIP_DB_HOST", default_value = "localhost")]
    pub host: String,

    /// Port of the server
    #[arg(long, env = "CUSIP_DB_PORT", default_value_t = 5432, value_parser = whole_number(1..=u16::MAX))]
    pub port: u16,

    /// Name of the database
    #[arg(long, env = "CUSIP_DB_NAME", default_value = "cusip")]
    pub dbname: String,

    /// User to connect as
    #[arg(long, env = "CUSIP_DB_USER", default_value = "cusip_app")]
    pub user: String,

    /// Password of the user; set it in the environment, where other users cannot see it
    #[arg(long, env = "CUSIP_DB_PASSWORD", hide_env_values = true)]
    pub password: Option<Secret>,

    /// ARN or name of a secret in AWS Secrets Manager with username and password. It may also contain
    /// host, port and dbname, which win over the options above
    #[arg(long, env = "CUSIP_DB_SECRET_ARN", value_name = "ARN")]
    pub secret_arn: Option<String>,

    /// Region of the secret [default: the region in its ARN]
    #[arg(long, env = "CUSIP_DB_SECRET_REGION", value_name = "REGION")]
    pub secret_region: Option<String>,

    /// How to authenticate: with a password, or with tokens of RDS IAM authentication
    #[arg(
        long,
        env = "CUSIP_DB_AUTH",
        value_name = "HOW",
        default_value = "password"
    )]
    pub auth: Authentication,

    /// Whether to encrypt connections and what to verify about the server, as in libpq [default:
    /// prefer; verify-full with `--sslrootcert system`]
    #[arg(long, env = "CUSIP_DB_SSLMODE", value_name = "MODE", value_parser = sslmode())]
    pub sslmode: Option<SslMode>,

    /// PEM file with the certificates of the authorities to trust, or `system` for the system's own
    /// [default: ~/.postgresql/root.crt]
    #[arg(long, env = "CUSIP_DB_SSLROOTCERT", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sslrootcert: Option<String>,

    /// Connection URL in place of the options above, such as
    /// postgresql://user@host:port/dbname?sslmode=verify-full. If it says nothing about encryption,
    /// --sslmode and --sslrootcert apply
    #[arg(long, value_name = "URL")]
    pub database_url: Option<Secret>,

    /// Use an embedded PostgreSQL server with its data in DIR, in place of the options above. The
    /// first command starts and migrates it, commands that run at the same time share it, and the
    /// last one stops it [default DIR: the user's data folder, or /var/lib/cusip for root]
    #[arg(
        long,
        env = "CUSIP_EMBEDDED",
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        value_hint = ValueHint::DirPath
    )]
    pub embedded: Option<Option<PathBuf>>,
}

/// How to authenticate to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Authentication {
    /// With a password, from the settings or a secret.
    Password,
    /// With an RDS token, signed for each connection.
    Iam,
}

impl DatabaseSettings {
    /// Returns how to connect to a server: with the trusted certificates already read, and with the
    /// source of the credentials, which is not used yet. Ignores `embedded`.
    ///
    /// `sslmode` and `sslrootcert` in the URL win over the settings of that name.
    ///
    /// # Errors
    ///
    /// [`InvalidDatabase`] if the settings are invalid, or the server cannot be verified as they
    /// require.
    pub async fn connect_options(&self) -> Result<ConnectOptions, InvalidDatabase> {
        let (config, tls) = self.target()?;
        let options = ConnectOptions::new(config.clone()).tls(tls);
        let secret = self.secret_arn.as_ref().filter(|secret| !secret.is_empty());
        let source: Arc<dyn CredentialSource> = match (self.auth, secret) {
            (Authentication::Password, None) => return Ok(options),
            (Authentication::Password, Some(secret)) => {
                let region = self.secret_region.clone();
                let region = region.filter(|region| !region.is_empty());
                aws::secret(secret, region).await?
            }
            (Authentication::Iam, None) => tokens(&config).await?,
            (Authentication::Iam, Some(_)) => return Err(InvalidDatabase::SecretAndToken),
        };
        Ok(options.credentials(source))
    }

    fn target(&self) -> Result<(Config, Tls), InvalidDatabase> {
        let url = self.database_url.as_ref();
        let url = url
            .map(|url| DatabaseUrl::parse(url.expose()))
            .transpose()?;
        let (config, url_sslmode, url_sslrootcert) = match url {
            Some(url) => (url.config, url.sslmode, url.sslrootcert),
            None => (self.config()?, None, None),
        };
        let named = url_sslrootcert.as_ref().or(self.sslrootcert.as_ref());
        let roots = named.filter(|name| !name.is_empty());
        let roots = roots.map(|name| RootCertificates::named(name));
        // As in libpq: anyone can get a certificate from the system's authorities, so the host name
        // must be verified too.
        let default = match (&roots, self.auth) {
            (Some(RootCertificates::System), _) => SslMode::VerifyFull,
            (_, Authentication::Iam) => SslMode::Require,
            _ => SslMode::default(),
        };
        let mode = url_sslmode.or(self.sslmode).unwrap_or(default);
        if self.auth == Authentication::Iam && mode < SslMode::Require {
            return Err(InvalidDatabase::TokenInPlainText { mode });
        }
        Ok((config, Tls::load(mode, roots.as_ref())?))
    }

    fn config(&self) -> Result<Config, InvalidDatabase> {
        let named = |setting| move |problem| InvalidDatabase::Name { setting, problem };
        check_host(&self.host).map_err(named("--host (CUSIP_DB_HOST)"))?;
        check_name(&self.dbname).map_err(named("--dbname (CUSIP_DB_NAME)"))?;
        check_name(&self.user).map_err(named("--user (CUSIP_DB_USER)"))?;
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .dbname(&self.dbname)
            .user(&self.user);
        if let Some(password) = &self.password {
            if password.expose().ends_with(['\n', '\r']) {
                return Err(InvalidDatabase::PasswordWithLineBreak);
            }
            config.password(password.expose());
        }
        Ok(config)
    }
}

async fn tokens(config: &Config) -> Result<Arc<dyn CredentialSource>, InvalidDatabase> {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.as_str(),
        _ => "localhost",
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let user = config.get_user().unwrap_or_default();
    aws::tokens(host, port, user).await
}

fn sslmode() -> impl TypedValueParser<Value = SslMode> {
    let words = SslMode::ALL.map(SslMode::as_str);
    PossibleValuesParser::new(words).try_map(|word| word.parse::<SslMode>())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// A file that does not exist. The error about it shows which mode was going to read it.
    const MISSING: &str = "/nowhere/root.crt";

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        database: DatabaseSettings,
    }

    fn options(arguments: &[&str]) -> Result<ConnectOptions, InvalidDatabase> {
        let arguments = ["program"].iter().chain(arguments);
        let program = Program::try_parse_from(arguments).unwrap();
        let (config, tls) = program.database.target()?;
        Ok(ConnectOptions::new(config).tls(tls))
    }

    fn verified_mode(arguments: &[&str]) -> SslMode {
        match options(arguments).unwrap_err() {
            InvalidDatabase::Encryption(cusip_connect::Error::RootCertificates {
                mode, ..
            }) => mode,
            error => panic!("{error:?}"),
        }
    }

    #[test]
    fn url_wins_over_flags_for_what_it_sets() {
        let flags = ["--sslmode", "verify-ca", "--sslrootcert", MISSING];
        let with_url = |url| [&flags[..], &["--database-url", url]].concat();
        assert_eq!(verified_mode(&flags), SslMode::VerifyCa);
        let silent = with_url("postgres://db/cusip");
        assert_eq!(verified_mode(&silent), SslMode::VerifyCa);
        let stricter = with_url("postgres://db/cusip?sslmode=verify-full");
        assert_eq!(verified_mode(&stricter), SslMode::VerifyFull);
        options(&with_url("postgres://db/cusip?sslmode=disable")).unwrap();

        let file = [
            "--database-url",
            "postgres://db?sslrootcert=/nowhere/url.crt",
        ];
        let error = options(&[&flags[..], &file].concat()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("/nowhere/url.crt"), "{cause}");
    }

    #[test]
    fn nothing_is_verified_by_default() {
        options(&[]).unwrap();
        options(&["--sslrootcert", MISSING]).unwrap();
        options(&["--sslrootcert", ""]).unwrap();
    }

    #[test]
    fn system_authorities_require_verify_full() {
        let system = ["--sslrootcert", "system"];
        for mode in ["prefer", "require", "verify-ca"] {
            let error = options(&[&system[..], &["--sslmode", mode]].concat()).unwrap_err();
            assert!(error.to_string().contains("is too weak"), "{error}");
        }
        // Works with or without a certificate store on this machine.
        let verified = match options(&system) {
            Ok(options) => format!("{options:?}").contains("mode: VerifyFull"),
            Err(error) => error.to_string().contains("sslmode=verify-full"),
        };
        assert!(verified);
    }

    #[test]
    fn tokens_are_never_sent_unencrypted() {
        let iam = ["--auth", "iam"];
        let encrypted = format!("{:?}", options(&iam).unwrap());
        assert!(encrypted.contains("mode: Require"), "{encrypted}");
        for mode in ["disable", "prefer"] {
            let error = options(&[&iam[..], &["--sslmode", mode]].concat()).unwrap_err();
            assert!(error.to_string().contains(mode), "{error}");
        }
    }

    #[test]
    fn unknown_mode_is_refused_with_the_known_ones() {
        let error = Program::try_parse_from(["program", "--sslmode", "allow"]).unwrap_err();
        assert!(error.to_string().contains("verify-full"), "{error}");
    }
}
