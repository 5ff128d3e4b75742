//! Credentials, held against what can be signed with.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use crate::failure::chain;
use crate::invalid::unfit_for_header;

/// Hands on what another provider finds, if it can be a part of a header: the SDK panics at what
/// cannot.
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
                let problem = format!("{part} that was found holds {what}");
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

/// Leaves out what a `credential_process` wrote, which may be a secret.
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
    fn what_a_process_wrote_is_not_repeated() {
        let said = "external process exited with code 1. Stderr: token=swordfish\n";
        let error = CredentialsError::provider_error(CredentialsError::provider_error(said));
        let text = format!("{:?}", without_output(error));
        assert!(!text.contains("swordfish"), "{text}");
        assert!(text.contains("exited with code 1"), "{text}");
        assert!(text.contains("by hand"), "{text}");
    }
}
