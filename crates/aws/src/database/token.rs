//! RDS IAM authentication tokens.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials as AwsCredentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use cusip_connect::{CredentialFuture, CredentialSource, Credentials};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::Error;
use crate::options::AwsOptions;
use crate::profiles::{login_command, login_profile};

const SERVICE: &str = "rds-db";
/// The longest lifetime that RDS accepts. Connections outlive their token.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Signatures need every character encoded except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const RDS_DOMAIN: &str = ".rds.amazonaws.com";

/// Tokens that replace a password on an RDS server. Each connection gets a newly signed one.
///
/// The server accepts tokens over TLS only, for users with the role `rds_iam`, and if a policy allows
/// the signer `rds-db:connect` for that user. The host must be the name that RDS gave the server.
pub struct TokenCredentials {
    configuration: SdkConfig,
    region: String,
    host: String,
    port: u16,
    user: String,
    /// The command that renews an SSO session.
    login: String,
}

impl TokenCredentials {
    /// Creates tokens for a user of a server. The region is the one in the host name, or that of the
    /// AWS settings.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] if the AWS settings are invalid, [`Error::Unsigned`] if the region is
    /// unknown.
    pub async fn new(
        host: impl Into<String>,
        port: u16,
        user: impl Into<String>,
    ) -> Result<Self, Error> {
        let host = host.into();
        let options = AwsOptions::default().with_region(region_of(&host).map(str::to_owned));
        let configuration = crate::configuration::load(&options).await?;
        Ok(Self {
            login: login_command(login_profile(&options).await.as_deref()),
            ..Self::with_configuration(configuration, host, port, user)?
        })
    }

    /// Creates tokens for a user of a server with this configuration's region and credentials.
    ///
    /// # Errors
    ///
    /// [`Error::Unsigned`] if the configuration has no region.
    pub fn with_configuration(
        configuration: SdkConfig,
        host: impl Into<String>,
        port: u16,
        user: impl Into<String>,
    ) -> Result<Self, Error> {
        let (host, user) = (host.into(), user.into());
        let Some(region) = configuration.region().map(ToString::to_string) else {
            let reason = "the region is unknown; set AWS_REGION".to_owned();
            let login = login_command(None);
            return Err(Error::Unsigned {
                user,
                host,
                reason,
                login,
            });
        };
        Ok(Self {
            configuration,
            region,
            host,
            port,
            user,
            login: login_command(None),
        })
    }

    async fn token(&self) -> Result<String, Error> {
        let provider = (self.configuration.credentials_provider())
            .ok_or_else(|| self.unsigned("there are no AWS credentials"))?;
        let credentials = provider.provide_credentials().await;
        let credentials =
            credentials.map_err(|error| self.unsigned(&crate::failure::chain(&error)))?;
        self.sign(credentials, SystemTime::now())
            .map_err(|error| self.unsigned(&error.to_string()))
    }

    /// Signs an address that stands for the connection. Without its scheme, it is the token.
    fn sign(
        &self,
        credentials: AwsCredentials,
        now: SystemTime,
    ) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let mut settings = SigningSettings::default();
        settings.expires_in = Some(LIFETIME);
        settings.signature_location = SignatureLocation::QueryParams;
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(now)
            .settings(settings)
            .build()?;
        let user = utf8_percent_encode(&self.user, RESERVED);
        let (host, port) = (&self.host, self.port);
        let address = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
        let request = SignableRequest::new(
            "GET",
            &address,
            std::iter::empty(),
            SignableBody::Bytes(&[]),
        )?;
        let (instructions, _) = sign(request, &parameters.into())?.into_parts();
        let mut request = http::Request::get(&address).body(())?;
        instructions.apply_to_request_http1x(&mut request);
        let signed = request.uri().to_string();
        Ok(signed.trim_start_matches("https://").to_owned())
    }

    fn unsigned(&self, reason: &str) -> Error {
        Error::Unsigned {
            user: self.user.clone(),
            host: self.host.clone(),
            reason: reason.to_owned(),
            login: self.login.clone(),
        }
    }
}

impl CredentialSource for TokenCredentials {
    fn credentials(&self) -> CredentialFuture<'_> {
        Box::pin(async move { Ok(Credentials::new().password(self.token().await?)) })
    }

    fn advice(&self) -> Option<String> {
        let Self { host, user, .. } = self;
        Some(format!(
            "in the database: grant rds_iam to {user}; in the policy of the role that signs: allow rds-db:connect for {user}; and check that {host:?} is the name that RDS gave the server, in region {:?}, and that IAM authentication is on",
            self.region
        ))
    }

    fn is_per_connection(&self) -> bool {
        true
    }
}

/// Shows only which user of which server the tokens are for.
impl fmt::Debug for TokenCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("TokenCredentials"))
            .field("user", &self.user)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Returns the region in an RDS host name: `NAME.ID.REGION.rds.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let name = host.strip_suffix(RDS_DOMAIN)?;
    name.rsplit('.').next()
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};

    use super::*;

    const HOST: &str = "cusip.abc123.eu-west-1.rds.amazonaws.com";

    fn token(user: &str, session_token: Option<&str>) -> String {
        let configuration = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region_of(HOST).map(Region::from_static))
            .build();
        let tokens = TokenCredentials::with_configuration(configuration, HOST, 5432, user).unwrap();
        let credentials = AwsCredentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            session_token.map(str::to_owned),
            None,
            "test",
        );
        // 2024-01-15T12:34:56Z
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_705_322_096);
        tokens.sign(credentials, now).unwrap()
    }

    /// The result of `generate_db_auth_token` in botocore 1.44.5 for the same input.
    #[test]
    fn token_matches_the_one_of_the_python_sdk() {
        assert_eq!(
            token("cusip_app", None),
            "cusip.abc123.eu-west-1.rds.amazonaws.com:5432/?Action=connect&DBUser=cusip_app\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20240115%2Feu-west-1%2Frds-db%2Faws4_request\
             &X-Amz-Date=20240115T123456Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=683a677f42199acbc4c9273572bce2c9b2ada23f21e92a4a6cfdec4c08347202"
        );
    }

    /// As above, for a role's credentials and a user name that needs encoding. The order of the
    /// parameters does not matter, since they are sorted before signing.
    #[test]
    fn session_token_and_user_are_encoded_before_signing() {
        let sorted = |token: &str| {
            let mut parts: Vec<_> = token.split(['?', '&']).map(str::to_owned).collect();
            parts.sort();
            parts
        };
        let token = token("cusip app+ü@x", Some("IQoJb3JpZ2luX2VjE+/SESSION=TOKEN"));
        let expected = "cusip.abc123.eu-west-1.rds.amazonaws.com:5432/?Action=connect\
             &DBUser=cusip%20app%2B%C3%BC%40x&X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20240115%2Feu-west-1%2Frds-db%2Faws4_request\
             &X-Amz-Date=20240115T123456Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
             &X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2B%2FSESSION%3DTOKEN\
             &X-Amz-Signature=b5debb43e2610ec183cbbca7ca7c47482832c3f90eb404f9369a76c7eefb1cf4";
        assert_eq!(sorted(&token), sorted(expected));
    }

    #[test]
    fn region_comes_from_the_host_name() {
        assert_eq!(region_of(HOST), Some("eu-west-1"));
        let china = "cusip.abc123.cn-north-1.rds.amazonaws.com.cn";
        assert_eq!(region_of(china), Some("cn-north-1"));
        assert_eq!(region_of("db.cusip.test"), None);
    }
}
