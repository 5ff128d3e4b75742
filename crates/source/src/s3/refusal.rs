//! What AWS and its SDK say went wrong, as errors of this crate.

use std::{borrow::Cow, error};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::DispatchFailure};
use cusip_aws::Unreached;

use super::{
    connection::{Connection, Request},
    credentials,
};
use crate::Error;

/// What a server or a part of the SDK said, in words.
///
/// Their own errors go no further: their `Debug` shows whole requests and answers.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Cause(pub(super) String);

/// A failed request: what it means, and the status that the server gave it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: Option<u16>,
    pub(super) error: Error,
}

impl Refusal {
    pub(super) fn new<E>(
        connection: &Connection,
        request: Request<'_>,
        failure: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + error::Error + 'static,
    {
        Self {
            status: failure.raw_response().map(|raw| raw.status().as_u16()),
            error: error_of(connection, request, failure),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

fn error_of<E>(
    connection: &Connection,
    request: Request<'_>,
    failure: &SdkError<E, HttpResponse>,
) -> Error
where
    E: ProvideErrorMetadata + error::Error + 'static,
{
    match failure {
        SdkError::ServiceError(answer) => Answer::new(answer.raw(), answer.err()).error_of(
            connection,
            request,
            failure.request_id(),
        ),
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            let cause = format!(
                "an answer with status {status} that S3 would not give: {}",
                chain(failure, 1)
            );
            if (400..500).contains(&status) {
                other(request, cause)
            } else {
                unavailable(request, cause)
            }
        }
        _ => match find::<CredentialsError>(failure) {
            Some(failure) => credentials::not_loaded(connection, request, failure),
            None => {
                let cause = format!(
                    "no answer from {}: {}",
                    connection.server(),
                    chain(failure, 2)
                );
                let unreached = Unreached::of(failure);
                match failure {
                    // A certificate is no better at the next try.
                    SdkError::DispatchFailure(_) if unreached == Unreached::Untrusted => {
                        let advice = connection.advice(unreached);
                        other(request, format!("{cause}; {advice}"))
                    }
                    SdkError::TimeoutError(_) => {
                        self::unreached(connection, request, unreached, cause)
                    }
                    SdkError::DispatchFailure(failure) if is_of_network(failure) => {
                        self::unreached(connection, request, unreached, cause)
                    }
                    // The SDK has made no request of it: the same comes of another try.
                    _ => other(request, cause),
                }
            }
        },
    }
}

/// The bucket's region, if that is why a request failed.
pub(super) fn bucket_region<E>(failure: &SdkError<E, HttpResponse>) -> Option<String>
where
    E: ProvideErrorMetadata,
{
    let SdkError::ServiceError(answer) = failure else {
        return None;
    };
    let response = answer.raw();
    if !is_about_region(response.status().as_u16(), answer.err().code()) {
        return None;
    }
    region_of(response)
}

/// The texts of an error's causes, from the one at `depth` on, without those that repeat.
pub(super) fn chain(error: &(dyn error::Error + 'static), depth: usize) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    let mut above = 0;
    while let Some(error) = next {
        next = error.source();
        above += 1;
        let text = error.to_string();
        // What comes first names the layers of the SDK; something is better than nothing.
        if above <= depth && next.is_some() {
            continue;
        }
        if !texts.iter().any(|before| before.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

pub(super) fn unavailable(request: Request<'_>, cause: String) -> Error {
    Error::Unavailable {
        action: request.action,
        location: request.location.to_owned(),
        source: Cause(cause).into(),
    }
}

/// Nothing was heard of a server.
fn unreached(
    connection: &Connection,
    request: Request<'_>,
    unreached: Unreached,
    cause: String,
) -> Error {
    Error::Unreached {
        action: request.action,
        location: request.location.to_owned(),
        advice: connection.advice(unreached),
        source: Cause(cause).into(),
    }
}

/// Whether it is the network's, and not an endpoint that the SDK cannot make sense of.
fn is_of_network(failure: &DispatchFailure) -> bool {
    // The words of the HTTP client, for what the SDK does not know.
    let is_of_client = || {
        let error = failure.as_connector_error();
        error.is_some_and(|error| cusip_aws::chain(error).contains("client error"))
    };
    failure.is_io() || failure.is_timeout() || failure.as_other().is_some() || is_of_client()
}

pub(super) fn other(request: Request<'_>, cause: String) -> Error {
    Error::Other {
        action: request.action,
        location: request.location.to_owned(),
        source: Cause(cause).into(),
    }
}

/// An answer that is a refusal.
struct Answer<'a> {
    response: &'a HttpResponse,
    status: u16,
    code: Option<&'a str>,
    message: Cow<'a, str>,
}

impl<'a> Answer<'a> {
    fn new<E>(response: &'a HttpResponse, error: &'a E) -> Self
    where
        E: ProvideErrorMetadata + error::Error + 'static,
    {
        let message = match (error.code(), error.message()) {
            (_, Some(message)) => message.into(),
            (Some(_), None) => Cow::default(),
            // A proxy's page, say: what the SDK has against it is all there is.
            (None, None) => chain(error, 1).into(),
        };
        Self {
            response,
            status: response.status().as_u16(),
            code: error.code(),
            message,
        }
    }

    fn error_of(
        &self,
        connection: &Connection,
        request: Request<'_>,
        request_id: Option<&str>,
    ) -> Error {
        let location = request.location.to_owned();
        let cause = self.cause(request_id);
        if is_about_region(self.status, self.code) {
            return Error::WrongRegion {
                location,
                region: connection.region(),
                bucket_region: region_of(self.response),
            };
        }
        match (self.code, self.status) {
            (Some("NoSuchBucket"), _) => Error::BucketNotFound {
                location: connection.bucket_location.clone(),
            },
            (Some("NoSuchKey"), _) => not_found(request),
            (Some("InvalidObjectState"), _) => Error::Archived {
                location,
                storage_class: element(self.response, "StorageClass")
                    .unwrap_or_else(|| "its storage class was not told".to_owned()),
            },
            (Some("PreconditionFailed"), _) | (_, 412) => Error::Changed {
                location,
                change: "it has been replaced since".to_owned(),
            },
            (Some("RequestTimeTooSkewed"), _) => Error::PermissionDenied {
                action: request.action,
                location,
                advice: "set this machine's clock, which differs from the server's by more than \
                         15 minutes"
                    .to_owned(),
                source: Some(cause.into()),
            },
            (Some(code), _) if credentials::problem(code).is_some() => {
                credentials::refused(connection, request, code, cause)
            }
            (Some("SlowDown" | "RequestTimeout" | "InternalError"), _) | (_, 429 | 500..) => {
                unavailable(request, cause.0)
            }
            (_, 401 | 403) => Error::PermissionDenied {
                action: request.action,
                location,
                advice: self.permission_advice(connection, request),
                source: Some(cause.into()),
            },
            (None, 404) if request.key.is_some() => not_found(request),
            _ => other(request, cause.0),
        }
    }

    /// Names the action and the resource, from the answer where it does, which it must for KMS.
    fn permission_advice(&self, connection: &Connection, request: Request<'_>) -> String {
        let action = word_after(&self.message, "to perform: ").unwrap_or(request.permission);
        let resource = word_after(&self.message, "on resource: ")
            .map_or_else(|| connection.resource(request), str::to_owned);
        let policies = if action.starts_with("kms:") {
            "in the key's policy"
        } else {
            "in the bucket's policy"
        };
        let mut advice = format!(
            "allow {action} on {resource} both {policies} and in the policy of the role in use \
             (in ECS the task role); `aws sts get-caller-identity{}` shows whose credentials \
             these are",
            credentials::profile_option(connection)
        );
        if action == "s3:GetObject" {
            advice.push_str(
                "; where s3:ListBucket is not allowed either, this is also the answer for a key \
                 that does not exist",
            );
        }
        advice
    }

    fn cause(&self, request_id: Option<&str>) -> Cause {
        let mut text = format!("the server answered {}", self.status);
        if let Some(code) = self.code {
            text.push_str(&format!(" {code}"));
        }
        if !self.message.is_empty() {
            text.push_str(&format!(": {}", self.message.trim_end_matches('.')));
        }
        if let Some(id) = request_id {
            text.push_str(&format!(" (request {id})"));
        }
        Cause(text)
    }
}

fn not_found(request: Request<'_>) -> Error {
    Error::ObjectNotFound {
        location: request.location.to_owned(),
        instead: Vec::new(),
    }
}

fn is_about_region(status: u16, code: Option<&str>) -> bool {
    matches!(
        code,
        Some(
            "PermanentRedirect"
                | "TemporaryRedirect"
                | "Redirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException"
        )
    ) || matches!(status, 301 | 307 | 308)
}

fn region_of(response: &HttpResponse) -> Option<String> {
    let header = response.headers().get("x-amz-bucket-region");
    header
        .map(str::to_owned)
        .or_else(|| element(response, "Region"))
}

/// The text of an element that the SDK's errors leave out, if the answer is a document of S3.
fn element(response: &HttpResponse, name: &str) -> Option<String> {
    let document = str::from_utf8(response.body().bytes()?).ok()?;
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.to_owned())
}

fn word_after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    let word = rest.split_whitespace().next()?;
    Some(word.trim_matches(['"', '\'', ',', '.']))
}

fn find<'a, E: error::Error + 'static>(error: &'a (dyn error::Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
