//! Describes failed requests to AWS.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Returns a service's answer in one line, or why it did not answer.
///
/// The SDK's own text shows the whole response, including secrets, and its first line says little.
pub(crate) fn reason<E>(failure: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(answer) = failure.raw_response() {
        let status = answer.status().as_u16();
        let said = match (failure.code(), failure.message()) {
            (Some(code), Some(message)) => {
                format!("the server answered {status} {code}: {message}")
            }
            (Some(code), None) => format!("the server answered {status} {code}"),
            _ => {
                format!("the response (status {status}) did not come from AWS")
            }
        };
        return said.trim_end_matches(['.', ' ']).to_owned();
    }
    match credentials_error(failure) {
        Some(CredentialsError::CredentialsNotLoaded(_)) => {
            "there are no AWS credentials".to_owned()
        }
        Some(error) => chain(error),
        // The failure's own text only names the step of the SDK that failed.
        None => failure.source().map_or_else(|| chain(failure), chain),
    }
}

/// Returns whether a server could not be reached.
#[must_use]
pub fn is_unreached(failure: &(dyn Error + 'static)) -> bool {
    with_causes(failure).any(|error| error.is::<ConnectorError>())
}

/// Returns the messages of an error and its causes, without repetitions.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in with_causes(error).map(ToString::to_string) {
        if !texts.iter().any(|before| before.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// Returns why there were no credentials for a request, if that is why it was not sent.
pub(crate) fn credentials_error<'a>(
    failure: &'a (dyn Error + 'static),
) -> Option<&'a CredentialsError> {
    with_causes(failure).find_map(|error| error.downcast_ref())
}

pub(crate) fn with_causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
