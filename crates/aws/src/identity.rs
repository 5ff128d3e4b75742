//! Whose credentials are in use.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::DisplayErrorContext;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use thiserror::Error;

/// Whose credentials are in use, and where they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The place that had them, such as `EnvironmentVariable` or `EcsContainer`.
    pub found_in: String,
    /// The number of the account.
    pub account: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
}

/// Why it is not known whose credentials are in use.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// No place has credentials, or those that it has have expired.
    #[error(
        "no credentials of AWS were found that can be used ({reason}); log in (`aws sso login`, with --profile if need be), set AWS_PROFILE, or give the ECS task a task role"
    )]
    NoCredentials {
        /// What each place said.
        reason: String,
    },
    /// There are credentials, but AWS did not answer whose they are.
    #[error("the credentials from {found_in} could not be shown to AWS: {reason}")]
    NotAnswered {
        /// The place that had them.
        found_in: String,
        /// What AWS or the network said.
        reason: String,
    },
}

/// Looks for credentials, and asks AWS whose they are (`sts:GetCallerIdentity`, which needs no
/// permission).
///
/// # Errors
///
/// [`IdentityError`] by variant.
pub async fn identity(configuration: &SdkConfig) -> Result<Identity, IdentityError> {
    let found = credentials(configuration).await;
    let found = found.map_err(|reason| IdentityError::NoCredentials { reason })?;
    let found_in = provider(&found);
    let client = aws_sdk_sts::Client::new(configuration);
    let answer = client.get_caller_identity().send().await;
    let answer: GetCallerIdentityOutput = answer.map_err(|error| IdentityError::NotAnswered {
        found_in: found_in.clone(),
        reason: DisplayErrorContext(&error).to_string(),
    })?;
    let text = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
    Ok(Identity {
        found_in,
        account: text(answer.account),
        arn: text(answer.arn),
    })
}

async fn credentials(configuration: &SdkConfig) -> Result<Credentials, String> {
    let Some(provider) = configuration.credentials_provider() else {
        return Err("no place to look for them".to_owned());
    };
    let found = provider.provide_credentials().await;
    found.map_err(|error: CredentialsError| chain(&error))
}

/// The SDK names the place only in the text that it shows of credentials, next to secrets.
fn provider(credentials: &Credentials) -> String {
    let shown = format!("{credentials:?}");
    let after = shown.split("provider_name: \"").nth(1);
    let name = after.and_then(|rest| rest.split('"').next());
    name.unwrap_or("an unnamed place").to_owned()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
