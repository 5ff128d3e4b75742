//! Credentials that are kept in Secrets Manager.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use cusip_aws::AwsOptions;
use cusip_postgres::{CredentialFuture, CredentialSource, Credentials};
use serde::Deserialize;

use crate::error::Error;

/// Credentials from a secret of Secrets Manager.
///
/// The secret is a JSON object. Of the keys `username`, `password`, `host`, `port` and `dbname`, those
/// that are there win over other settings; RDS writes only the first two. It is read when it is first
/// needed, and again after the server has refused what it said.
pub struct SecretCredentials {
    client: Client,
    secret: String,
    read: Mutex<Option<Credentials>>,
}

/// The secret's text, as RDS and the rotation functions of AWS write it.
#[derive(Deserialize)]
struct Content {
    username: Option<String>,
    password: Option<String>,
    host: Option<String>,
    port: Option<Port>,
    dbname: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Text(String),
}

impl SecretCredentials {
    /// Names a secret by its ARN or name. Nothing is asked of AWS yet but the region, if nobody says it:
    /// not the caller and not the ARN.
    pub async fn new(secret: impl Into<String>, region: Option<String>) -> Self {
        let secret = secret.into();
        let region = region.or_else(|| region_of(&secret).map(str::to_owned));
        let configuration = cusip_aws::load(&AwsOptions::default().with_region(region)).await;
        Self::with_configuration(secret, &configuration)
    }

    /// Names a secret to be read with this configuration.
    #[must_use]
    pub fn with_configuration(secret: impl Into<String>, configuration: &SdkConfig) -> Self {
        Self {
            client: Client::new(configuration),
            secret: secret.into(),
            read: Mutex::new(None),
        }
    }

    async fn read(&self) -> Result<Credentials, Error> {
        let answer = (self.client.get_secret_value())
            .secret_id(&self.secret)
            .send()
            .await;
        let answer = answer.map_err(|error| Error::Unreadable {
            secret: self.secret.clone(),
            reason: reason(&error),
            advice: advice(&error),
        })?;
        let malformed = |problem| Error::Malformed {
            secret: self.secret.clone(),
            problem,
        };
        let text = answer.secret_string();
        let text = text.ok_or_else(|| malformed("is binary"))?;
        // What the parser says of a wrong text shows some of it.
        let content: Content =
            serde_json::from_str(text).map_err(|_| malformed("is no such JSON object"))?;
        if content.password.is_none() {
            return Err(malformed("has no `password`"));
        }
        content
            .credentials()
            .ok_or_else(|| malformed("has a `port` that is none"))
    }
}

impl CredentialSource for SecretCredentials {
    fn credentials(&self) -> CredentialFuture<'_> {
        Box::pin(async move {
            let known = self
                .read
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(known) = known {
                return Ok(known);
            }
            let read = self.read().await?;
            *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(read.clone());
            Ok(read)
        })
    }

    fn refused(&self, credentials: &Credentials) {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() == Some(credentials) {
            *known = None;
        }
    }
}

impl Content {
    fn credentials(self) -> Option<Credentials> {
        let mut credentials = Credentials::new();
        if let Some(user) = self.username {
            credentials = credentials.user(user);
        }
        if let Some(password) = self.password {
            credentials = credentials.password(password);
        }
        if let Some(host) = self.host {
            credentials = credentials.host(host);
        }
        if let Some(dbname) = self.dbname {
            credentials = credentials.dbname(dbname);
        }
        match self.port {
            None => Some(credentials),
            Some(Port::Number(port)) => Some(credentials.port(port)),
            Some(Port::Text(port)) => Some(credentials.port(port.parse().ok()?)),
        }
    }
}

/// Shows which secret it is alone.
impl fmt::Debug for SecretCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("SecretCredentials"))
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// Returns the region that an ARN names: `arn:aws:secretsmanager:REGION:…`.
fn region_of(secret: &str) -> Option<&str> {
    let mut parts = secret.strip_prefix("arn:")?.split(':');
    parts.nth(2).filter(|region| !region.is_empty())
}

/// Says what went wrong in the server's words or the network's.
///
/// The SDK's way to show an error with all that belongs to it shows the answer too, and with it the
/// secret.
fn reason<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if error
        .raw_response()
        .is_some_and(|answer| answer.status().is_success())
    {
        return "the answer is none of Secrets Manager's".to_owned();
    }
    if let SdkError::ServiceError(answer) = error {
        let status = answer.raw().status();
        let code = answer.err().code().unwrap_or("without a code");
        let message = answer.err().message().unwrap_or_default();
        let said = format!("the server answered {status} {code}: {message}");
        return said.trim_end_matches(['.', ':', ' ']).to_owned();
    }
    if let Some(CredentialsError::CredentialsNotLoaded(_)) = credentials_error(error) {
        return "there are no credentials of AWS to ask with".to_owned();
    }
    let mut texts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !texts.iter().any(|before| before.contains(&text)) {
            texts.push(text);
        }
        cause = error.source();
    }
    if texts.is_empty() {
        return error.to_string();
    }
    texts.join(": ")
}

fn advice<E>(error: &SdkError<E, HttpResponse>) -> &'static str
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error.code() {
        Some("AccessDeniedException") => {
            "allow secretsmanager:GetSecretValue on it, and kms:Decrypt on its key, to the task role or user"
        }
        Some("ResourceNotFoundException") => {
            "check CUSIP_DB_SECRET_ARN and the region (CUSIP_DB_SECRET_REGION)"
        }
        Some("ExpiredTokenException" | "UnrecognizedClientException" | "InvalidClientTokenId") => {
            "log in again (`aws sso login`) or renew the credentials"
        }
        Some("DecryptionFailure") => "allow kms:Decrypt on its key to the task role or user",
        _ if credentials_error(error).is_some() => {
            "log in (`aws sso login`), set AWS_PROFILE, or give the ECS task a task role"
        }
        _ => "check the credentials of AWS, the region and the network; `cusip doctor` tries each",
    }
}

fn credentials_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a CredentialsError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_comes_from_the_arn() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cusip-AbCdEf";
        assert_eq!(region_of(arn), Some("eu-west-1"));
        assert_eq!(region_of("cusip"), None);
        assert_eq!(region_of("arn:aws:secretsmanager::1:secret:x"), None);
    }
}
