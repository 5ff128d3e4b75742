//! Finds out whose credentials are in use.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use thiserror::Error;

use crate::failure::{chain, reason};

/// The owner of the credentials in use, and where they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The SDK's name of the place where they were found, such as `EnvironmentVariable`.
    pub found_in: String,
    /// The account number.
    pub account: String,
    /// The ARN of the user or the role session.
    pub arn: String,
    /// How many seconds the server's clock is ahead of this machine's; negative if it is behind.
    /// `None` if the response had no date.
    pub clock_ahead_seconds: Option<i64>,
}

/// Why the owner of the credentials is unknown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// No credentials were found, or they have expired.
    #[error(
        "no usable AWS credentials were found ({reason}); log in (`aws sso login`, perhaps with --profile), set AWS_PROFILE, or give the ECS task a task role"
    )]
    NoCredentials {
        /// Why not, for each place where the SDK looked.
        reason: String,
    },
    /// There are credentials, but AWS could not confirm whose they are.
    #[error("AWS did not say whose the credentials from {found_in} are: {reason}")]
    NotAnswered {
        /// Where they were found.
        found_in: String,
        /// What AWS or the network said.
        reason: String,
        /// Same as [`Identity::clock_ahead_seconds`], if there was a response.
        clock_ahead_seconds: Option<i64>,
    },
}

/// Compares the `Date` of each response with this machine's clock.
#[derive(Debug, Clone, Default)]
struct ClockReading(Arc<Mutex<Option<i64>>>);

impl ClockReading {
    fn ahead_seconds(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl Intercept for ClockReading {
    fn name(&self) -> &'static str {
        "ClockReading"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        if let Some(date) = date {
            let ahead = date.secs() - DateTime::from(SystemTime::now()).secs();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
        Ok(())
    }
}

/// Finds the credentials and asks AWS whose they are, with `sts:GetCallerIdentity`, which needs no
/// permission.
///
/// # Errors
///
/// [`IdentityError::NoCredentials`] or [`IdentityError::NotAnswered`].
pub async fn identity(configuration: &SdkConfig) -> Result<Identity, IdentityError> {
    let found = credentials(configuration).await;
    let found = found.map_err(|reason| IdentityError::NoCredentials { reason })?;
    let found_in = provider(&found);
    let client = aws_sdk_sts::Client::new(configuration);
    let clock = ClockReading::default();
    let request = client.get_caller_identity().customize();
    let answer = request.interceptor(clock.clone()).send().await;
    let answer: GetCallerIdentityOutput = answer.map_err(|error| IdentityError::NotAnswered {
        found_in: found_in.clone(),
        reason: reason(&error),
        clock_ahead_seconds: clock.ahead_seconds(),
    })?;
    let text = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
    Ok(Identity {
        found_in,
        account: text(answer.account),
        arn: text(answer.arn),
        clock_ahead_seconds: clock.ahead_seconds(),
    })
}

/// Returns where the credentials were found, without asking AWS whose they are.
///
/// # Errors
///
/// [`IdentityError::NoCredentials`] if there are none.
pub async fn found_in(configuration: &SdkConfig) -> Result<String, IdentityError> {
    let found = credentials(configuration).await;
    let found = found.map_err(|reason| IdentityError::NoCredentials { reason })?;
    Ok(provider(&found))
}

async fn credentials(configuration: &SdkConfig) -> Result<Credentials, String> {
    let Some(provider) = configuration.credentials_provider() else {
        return Err("no place to look for them is configured".to_owned());
    };
    let found = provider.provide_credentials().await;
    found.map_err(|error: CredentialsError| chain(&error))
}

/// Returns where credentials were found. The SDK says it only in their `Debug`, next to secrets.
fn provider(credentials: &Credentials) -> String {
    let shown = format!("{credentials:?}");
    let after = shown.split("provider_name: \"").nth(1);
    let name = after.and_then(|rest| rest.split('"').next());
    name.unwrap_or("an unknown place").to_owned()
}
