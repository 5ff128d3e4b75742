//! Turns failed requests into errors of this crate.
//!
//! - [`response`]: the server responded with an error. **A new S3 error code belongs there.**
//! - [`credentials`]: credentials are missing or rejected.
//! - [`unreached`]: the server did not respond.
//! - [`cause`]: the text of the cause, and the errors for everything else.

mod cause;
mod credentials;
mod response;
mod unreached;

use std::error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

pub(super) use self::{
    cause::{chain_below, other, unavailable},
    response::bucket_region,
};
use super::request::SentRequest;
use crate::Error;

/// A failed request: the error, and the HTTP status if the server responded.
#[derive(Debug)]
pub(super) struct RequestError {
    pub(super) status: Option<u16>,
    pub(super) error: Error,
}

impl RequestError {
    pub(super) fn new<E>(sent: SentRequest<'_>, failure: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + error::Error + 'static,
    {
        Self {
            status: failure.raw_response().map(|raw| raw.status().as_u16()),
            error: error_for(sent, failure),
        }
    }
}

impl From<RequestError> for Error {
    fn from(failed: RequestError) -> Self {
        failed.error
    }
}

fn error_for<E>(sent: SentRequest<'_>, failure: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + error::Error + 'static,
{
    match failure {
        SdkError::ServiceError(error) => {
            response::error_for(sent, error.raw(), error.err(), failure.request_id())
        }
        SdkError::ResponseError(error) => {
            let status = error.raw().status().as_u16();
            let problem = chain_below(failure, 1);
            let cause = format!("status {status} with a response that is not from S3: {problem}");
            if (400..500).contains(&status) {
                other(sent.request, cause)
            } else {
                unavailable(sent.request, cause)
            }
        }
        _ => match find::<CredentialsError>(failure) {
            Some(failure) => credentials::not_loaded(sent, failure),
            None => unreached::error_for(sent, failure),
        },
    }
}

/// Finds a cause of this type.
fn find<'a, E: error::Error + 'static>(error: &'a (dyn error::Error + 'static)) -> Option<&'a E> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.find_map(|cause| cause.downcast_ref())
}
