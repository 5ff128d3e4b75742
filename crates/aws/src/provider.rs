//! Checks the credentials that the SDK finds.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use crate::failure::chain;
use crate::variables::unfit_for_header;

/// Wraps a provider, and checks that its credentials can be sent in a header: otherwise the SDK panics.
#[derive(Debug)]
pub(crate) struct CheckedProvider(pub(crate) SharedCredentialsProvider);

impl CheckedProvider {
    async fn checked(&self) -> Result<Credentials, CredentialsError> {
        let found = self.0.provide_credentials().await.map_err(without_output)?;
        let parts = [
            ("the access key", Some(found.access_key_id())),
            ("the session token", found.session_token()),
        ];
        for (part, value) in parts {
            if let Some(what) = value.and_then(unfit_for_header) {
                let problem = format!("{part} contains {what}");
                return Err(CredentialsError::invalid_configuration(problem));
            }
        }
        Ok(found)
    }
}

impl ProvideCredentials for CheckedProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.checked())
    }
}

/// Removes the output of a `credential_process` from an error: it may be a secret.
fn without_output(error: CredentialsError) -> CredentialsError {
    let text = chain(&error);
    match text.split_once(". Stderr:") {
        Some((before, _)) => CredentialsError::provider_error(format!(
            "{before}; run its credential_process by hand to see what it says"
        )),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_a_process_is_not_repeated() {
        let said = "external process exited with code 1. Stderr: token=swordfish\n";
        let error = CredentialsError::provider_error(CredentialsError::provider_error(said));
        let text = format!("{:?}", without_output(error));
        assert!(!text.contains("swordfish"), "{text}");
        assert!(text.contains("exited with code 1"), "{text}");
        assert!(text.contains("by hand"), "{text}");
    }
}
