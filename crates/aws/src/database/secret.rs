//! Database credentials from Secrets Manager.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use cusip_connect::{CredentialFuture, CredentialSource, Credentials};

use super::error::Error;
use super::secret_content;
use crate::options::AwsOptions;
use crate::profiles::{login_command, login_profile};

/// Credentials from a Secrets Manager secret.
///
/// The secret is a JSON object with the keys `username`, `password`, `host`, `port` and `dbname`.
/// Keys that are present override other settings; RDS writes only the first two. The secret is read
/// when it is first needed, and again after the server has refused its credentials.
pub struct SecretCredentials {
    client: Client,
    secret: String,
    /// The command that renews an SSO session.
    login: String,
    read: Mutex<Option<Credentials>>,
}

impl SecretCredentials {
    /// Creates credentials from a secret, given its ARN or name. The region is the caller's, or the one
    /// in the ARN, or that of the AWS settings. The secret is not read yet.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] if the AWS settings are invalid, [`Error::NoRegion`] if the region is
    /// unknown.
    pub async fn new(secret: impl Into<String>, region: Option<String>) -> Result<Self, Error> {
        let secret = secret.into();
        let region = region.or_else(|| region_of(&secret).map(str::to_owned));
        let options = AwsOptions::default().with_region(region);
        let configuration = crate::configuration::load(&options).await?;
        if configuration.region().is_none() {
            return Err(Error::NoRegion { secret });
        }
        Ok(Self {
            login: login_command(login_profile(&options).await.as_deref()),
            ..Self::with_configuration(secret, &configuration)
        })
    }

    /// Creates credentials from a secret that is read with this configuration.
    #[must_use]
    pub fn with_configuration(secret: impl Into<String>, configuration: &SdkConfig) -> Self {
        Self {
            client: Client::new(configuration),
            secret: secret.into(),
            login: login_command(None),
            read: Mutex::new(None),
        }
    }

    async fn read(&self) -> Result<Credentials, Error> {
        let answer = (self.client.get_secret_value())
            .secret_id(&self.secret)
            .send()
            .await;
        let answer = answer.map_err(|error| {
            let advice = match crate::failure::credentials_error(&error).is_some() {
                true => format!(
                    "log in ({}), set AWS_PROFILE, or give the ECS task a task role",
                    self.login
                ),
                false => self.advice_on(error.code(), error.message().unwrap_or_default()),
            };
            self.unreadable(crate::failure::reason(&error), advice)
        })?;
        let malformed = |problem| Error::Malformed {
            secret: self.secret.clone(),
            problem,
        };
        let text = answer.secret_string();
        let text = text.ok_or_else(|| malformed("is binary".to_owned()))?;
        secret_content::parse(text).map_err(malformed)
    }

    fn unreadable(&self, reason: String, advice: String) -> Error {
        Error::Unreadable {
            secret: self.secret.clone(),
            reason,
            advice,
        }
    }

    fn advice_on(&self, code: Option<&str>, message: &str) -> String {
        let advice = match code {
            Some("InvalidRequestException") if message.contains("deletion") => {
                "restore it with `aws secretsmanager restore-secret`, or name another secret"
            }
            Some("AccessDeniedException") => {
                "allow the task role or user secretsmanager:GetSecretValue on it, and kms:Decrypt on its key"
            }
            Some("ResourceNotFoundException") => "check its name and region",
            Some(
                "ExpiredTokenException" | "UnrecognizedClientException" | "InvalidClientTokenId",
            ) => {
                return format!("log in again ({}) or renew the credentials", self.login);
            }
            Some("DecryptionFailure") => "allow the task role or user kms:Decrypt on its key",
            _ => "check its name, its region and the network",
        };
        advice.to_owned()
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

    fn advice(&self) -> Option<String> {
        Some(format!(
            "check user and password in the secret {:?}, and whether its last rotation has finished",
            self.secret
        ))
    }

    fn refused(&self, credentials: &Credentials) {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() == Some(credentials) {
            *known = None;
        }
    }
}

/// Shows only the name of the secret.
impl fmt::Debug for SecretCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("SecretCredentials"))
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// Returns the region in an ARN: `arn:aws:secretsmanager:REGION:…`.
fn region_of(secret: &str) -> Option<&str> {
    let mut parts = secret.strip_prefix("arn:")?.split(':');
    parts.nth(2).filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_comes_from_the_arn() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cusip-AbCdEf";
        assert_eq!(region_of(arn), Some("eu-west-1"));
        assert_eq!(region_of("cusip"), None);
        assert_eq!(region_of("arn:aws:secretsmanager::1:secret:x"), None);
    }
}
