//! What each error response of S3 means. A new error code belongs in [`error_for`].

use std::{borrow::Cow, error};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{
    cause::{Cause, chain_below, other, unavailable},
    credentials,
};
use crate::{
    Error,
    s3::request::{Request, SentRequest},
};

/// Returns the error for a response, by its error code and HTTP status.
pub(super) fn error_for<E>(
    sent: SentRequest<'_>,
    response: &HttpResponse,
    error: &E,
    request_id: Option<&str>,
) -> Error
where
    E: ProvideErrorMetadata + error::Error + 'static,
{
    let request = sent.request;
    let location = request.location.to_owned();
    let status = response.status().as_u16();
    let message = message(error);
    let cause = cause(status, error.code(), &message, request_id);
    let credentials_rejected = |problem, cause| credentials::rejected(sent, problem, cause);
    if is_about_region(status, error.code()) {
        return Error::WrongRegion {
            location,
            bucket_region: region_in(response),
        };
    }
    match (error.code().unwrap_or_default(), status) {
        ("NoSuchBucket", _) => Error::BucketNotFound {
            location: sent.target.location.clone(),
        },
        ("NoSuchKey", _) => not_found(request),
        // A HEAD response or a proxy's page has no code.
        ("", 404) if request.key.is_some() => not_found(request),
        ("InvalidObjectState", _) => Error::Archived {
            location,
            storage_class: element(response, "StorageClass")
                .unwrap_or_else(|| "unknown storage class".to_owned()),
        },
        ("PreconditionFailed", _) | (_, 412) => Error::Changed {
            location,
            change: "it has been replaced".to_owned(),
        },
        ("RequestTimeTooSkewed", _) => Error::PermissionDenied {
            action: request.action,
            location,
            advice: "set this machine's clock, which differs from the server's by more than 15 \
                     minutes"
                .to_owned(),
            source: Some(cause.into()),
        },
        (
            "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired",
            _,
        ) => credentials_rejected("they have expired", cause),
        ("InvalidAccessKeyId", _) => {
            credentials_rejected("the server does not know their access key", cause)
        }
        ("NotSignedUp", _) => credentials_rejected("their account may not use the server", cause),
        ("SignatureDoesNotMatch", _) => {
            credentials_rejected("their secret does not belong to their access key", cause)
        }
        ("InvalidToken" | "InvalidClientTokenId" | "UnrecognizedClientException", _) => {
            credentials_rejected("the server does not know their session token", cause)
        }
        ("SlowDown" | "RequestTimeout" | "InternalError", _) | (_, 429 | 500..) => {
            unavailable(request, cause.0)
        }
        (_, 401 | 403) => Error::PermissionDenied {
            action: request.action,
            location,
            advice: permission_advice(sent, &message),
            source: Some(cause.into()),
        },
        _ => other(request, cause.0),
    }
}

/// Returns the bucket's region, if a request failed because it went to another one.
pub(in crate::s3) fn bucket_region<E>(failure: &SdkError<E, HttpResponse>) -> Option<String>
where
    E: ProvideErrorMetadata,
{
    let SdkError::ServiceError(error) = failure else {
        return None;
    };
    let response = error.raw();
    if !is_about_region(response.status().as_u16(), error.err().code()) {
        return None;
    }
    region_in(response)
}

fn not_found(request: Request<'_>) -> Error {
    Error::ObjectNotFound {
        location: request.location.to_owned(),
        similar: Vec::new(),
    }
}

fn message<E>(error: &E) -> Cow<'_, str>
where
    E: ProvideErrorMetadata + error::Error + 'static,
{
    match (error.code(), error.message()) {
        (_, Some(message)) => message.into(),
        (Some(_), None) => Cow::default(),
        // For a response that is not from S3, such as a proxy's page, the SDK's message is all
        // there is.
        (None, None) => chain_below(error, 1).into(),
    }
}

fn cause(status: u16, code: Option<&str>, message: &str, request_id: Option<&str>) -> Cause {
    let mut text = format!("the server answered {status}");
    if let Some(code) = code {
        text.push_str(&format!(" {code}"));
    }
    if !message.is_empty() {
        text.push_str(&format!(": {}", message.trim_end_matches('.')));
    }
    if let Some(id) = request_id {
        text.push_str(&format!(" (request {id})"));
    }
    Cause(text)
}

/// Names the action and the resource to allow, which for KMS only the message does.
fn permission_advice(sent: SentRequest<'_>, message: &str) -> String {
    let action = word_after(message, "to perform: ").unwrap_or(sent.request.permission);
    let resource = word_after(message, "on resource: ").map_or_else(
        || sent.target.arn(sent.request.key, sent.region),
        str::to_owned,
    );
    let policy = if action.starts_with("kms:") {
        "the key's policy"
    } else {
        "the bucket's policy"
    };
    let mut advice = format!(
        "allow {action} on {resource} in both {policy} and the policy of the role in use (in ECS \
         the task role); `aws sts get-caller-identity{}` shows whose credentials these are",
        sent.target.profile_option()
    );
    if action == "s3:GetObject" {
        advice.push_str(
            "; without permission for s3:ListBucket, S3 answers the same for a key that does not \
             exist",
        );
    }
    advice
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

fn region_in(response: &HttpResponse) -> Option<String> {
    let header = response.headers().get("x-amz-bucket-region");
    header
        .map(str::to_owned)
        .or_else(|| element(response, "Region"))
}

/// Returns the text of an XML element that the SDK does not parse.
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
