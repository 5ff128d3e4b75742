//! Credentials that are missing, or not accepted.

use aws_credential_types::provider::error::CredentialsError;

use super::{
    connection::{Connection, Request},
    refusal::{self, Cause},
};
use crate::Error;

/// Where the SDK's default chain looks, in its order.
const PLACES: &str = "set AWS_PROFILE to a profile of ~/.aws/config; looked for in the environment \
                      (AWS_ACCESS_KEY_ID), the profile, a web identity \
                      (AWS_WEB_IDENTITY_TOKEN_FILE), the ECS task role \
                      (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI) and the EC2 instance's role";

/// What is wrong with credentials that a server answers with this code.
pub(super) fn problem(code: &str) -> Option<&'static str> {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => {
            Some("they have expired")
        }
        "InvalidAccessKeyId" => Some("the server does not know their access key"),
        "NotSignedUp" => Some("their account may not use the server"),
        "SignatureDoesNotMatch" => Some("their secret does not belong to their access key"),
        "InvalidToken" | "InvalidClientTokenId" | "UnrecognizedClientException" => {
            Some("the server does not know their session token")
        }
        _ => None,
    }
}

/// They were sent, and the server did not take them.
pub(super) fn refused(
    connection: &Connection,
    request: Request<'_>,
    code: &str,
    cause: Cause,
) -> Error {
    Error::Credentials {
        action: request.action,
        location: request.location.to_owned(),
        problem: problem(code).unwrap_or("they are refused").to_owned(),
        advice: renewal(connection, ""),
        source: Some(cause.into()),
    }
}

/// There were none to ask with.
pub(super) fn not_loaded(
    connection: &Connection,
    request: Request<'_>,
    failure: &CredentialsError,
) -> Error {
    let said = refusal::chain(failure, 1);
    let (problem, advice) = match failure {
        CredentialsError::CredentialsNotLoaded(_) => match connection.profile() {
            Some(profile) => (
                "there are none",
                format!("give profile {profile:?} credentials, or name another profile"),
            ),
            None => ("there are none", PLACES.to_owned()),
        },
        CredentialsError::ProviderTimedOut(_) => {
            let cause = format!("loading the credentials took too long: {said}");
            return refusal::unavailable(request, cause);
        }
        _ if cusip_aws::is_unreached(failure) => (
            "who gives them was not reached",
            "check the network, its firewalls and proxies, and the region of the profile's SSO \
             (sso_region)"
                .to_owned(),
        ),
        _ => ("they could not be loaded", renewal(connection, &said)),
    };
    Error::Credentials {
        action: request.action,
        location: request.location.to_owned(),
        problem: problem.to_owned(),
        advice,
        source: Some(Cause(said).into()),
    }
}

/// How to get valid credentials again; `said` is what the SDK said of them.
fn renewal(connection: &Connection, said: &str) -> String {
    let login = format!("`aws sso login{}`", profile_option(connection));
    if said.to_ascii_lowercase().contains("sso") {
        format!("run {login}")
    } else if said.is_empty() {
        format!(
            "get new ones: {login} for a profile with SSO; others come from the environment \
             (AWS_ACCESS_KEY_ID), ~/.aws/credentials or the ECS task role"
        )
    } else {
        format!("mend the profile's settings, or for one with SSO run {login}")
    }
}

/// For commands of AWS.
pub(super) fn profile_option(connection: &Connection) -> String {
    connection
        .profile()
        .map(|profile| format!(" --profile {profile}"))
        .unwrap_or_default()
}
