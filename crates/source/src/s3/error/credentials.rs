//! Credentials are missing or rejected.

use aws_credential_types::provider::error::CredentialsError;

use super::cause::{Cause, chain_below, unavailable};
use crate::{
    Error,
    s3::{request::SentRequest, target::Target},
};

/// Where the SDK's default chain looks, in its order.
const PLACES: &str = "set AWS_PROFILE to a profile in ~/.aws/config; looked in the environment \
                      (AWS_ACCESS_KEY_ID), the profile, a web identity \
                      (AWS_WEB_IDENTITY_TOKEN_FILE), the ECS task role \
                      (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI) and the EC2 instance's role";

/// Returns the error for credentials that the server rejected.
pub(super) fn rejected(sent: SentRequest<'_>, problem: &str, cause: Cause) -> Error {
    Error::Credentials {
        action: sent.request.action,
        location: sent.request.location.to_owned(),
        problem: problem.to_owned(),
        advice: renewal(sent.target, ""),
        source: Some(cause.into()),
    }
}

/// Returns the error for credentials that could not be loaded.
pub(super) fn not_loaded(sent: SentRequest<'_>, failure: &CredentialsError) -> Error {
    let message = chain_below(failure, 1);
    let (problem, advice) = match failure {
        CredentialsError::CredentialsNotLoaded(_) => {
            let advice = match &sent.target.profile {
                Some(profile) => format!("add credentials to profile {profile:?}, or use another"),
                None => PLACES.to_owned(),
            };
            ("there are none", advice)
        }
        CredentialsError::ProviderTimedOut(_) => {
            let cause = format!("loading the credentials took too long: {message}");
            return unavailable(sent.request, cause);
        }
        _ if cusip_aws::is_unreached(failure) => (
            "their provider cannot be reached",
            "check the network, its firewalls and proxies, and the SSO region in the profile \
             (sso_region)"
                .to_owned(),
        ),
        _ => ("they could not be loaded", renewal(sent.target, &message)),
    };
    Error::Credentials {
        action: sent.request.action,
        location: sent.request.location.to_owned(),
        problem: problem.to_owned(),
        advice,
        source: Some(Cause(message).into()),
    }
}

/// Returns how to get new credentials. `message` is the SDK's, if there is one.
fn renewal(target: &Target, message: &str) -> String {
    let login = format!("`aws sso login{}`", target.profile_option());
    if message.to_ascii_lowercase().contains("sso") {
        format!("run {login}")
    } else if message.is_empty() {
        format!(
            "get new ones: {login} for a profile with SSO; others come from the environment \
             (AWS_ACCESS_KEY_ID), ~/.aws/credentials or the ECS task role"
        )
    } else {
        format!("fix the profile's settings, or run {login} if it uses SSO")
    }
}
