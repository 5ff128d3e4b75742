//! The server did not respond.

use std::error;

use aws_sdk_s3::error::SdkError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::DispatchFailure};
use cusip_aws::Unreached;

use super::cause::{Cause, chain_below, other};
use crate::{
    Error, Setting,
    s3::{request::SentRequest, target::Target},
};

/// Returns the error for a request without a response.
pub(super) fn error_for<E>(sent: SentRequest<'_>, failure: &SdkError<E, HttpResponse>) -> Error
where
    E: error::Error + 'static,
{
    let cause = format!(
        "no answer from {}: {}",
        sent.target.server(sent.region),
        chain_below(failure, 2)
    );
    let was_sent = match failure {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => is_network_failure(failure),
        _ => false,
    };
    // An endpoint that the SDK cannot use, for example.
    if !was_sent {
        return other(sent.request, cause);
    }
    let reason = Unreached::of(failure);
    let (setting, advice) = advice(sent.target, sent.region, reason);
    Error::Unreached {
        action: sent.request.action,
        location: sent.request.location.to_owned(),
        setting,
        advice,
        source: Cause(cause).into(),
    }
}

/// Returns whether the network failed, rather than the SDK before it sent anything.
fn is_network_failure(failure: &DispatchFailure) -> bool {
    // The SDK does not classify every failure of its HTTP client.
    let is_client_error = || {
        let error = failure.as_connector_error();
        error.is_some_and(|error| cusip_aws::chain(error).contains("client error"))
    };
    failure.is_io() || failure.is_timeout() || failure.as_other().is_some() || is_client_error()
}

/// Returns what to do, and the setting that may be wrong.
fn advice(target: &Target, region: &str, reason: Unreached) -> (Option<Setting>, String) {
    let (setting, mut advice) = match &target.endpoint {
        None => amazon_advice(region, reason),
        Some(_) => (Some(Setting::Endpoint), endpoint_advice(reason).to_owned()),
    };
    if let Some(variable) = cusip_aws::proxy_variable(target.endpoint.as_deref()) {
        advice.push_str(&format!(
            "; requests go through the proxy in {variable}: check it too, or list the host in \
             NO_PROXY"
        ));
    }
    (setting, advice)
}

fn amazon_advice(region: &str, reason: Unreached) -> (Option<Setting>, String) {
    match reason {
        Unreached::UnknownHost => (
            Some(Setting::Region),
            format!("check the region {region:?} and this machine's DNS"),
        ),
        Unreached::Untrusted => (
            None,
            "something on the network answers instead of Amazon; set SSL_CERT_FILE to the file \
             with its authority's certificate"
                .to_owned(),
        ),
        _ => (
            None,
            "try again later, or check the network and its firewalls; a private subnet needs a NAT \
             gateway or a VPC endpoint for S3"
                .to_owned(),
        ),
    }
}

fn endpoint_advice(reason: Unreached) -> &'static str {
    match reason {
        Unreached::UnknownHost => "check the endpoint's host and this machine's DNS",
        Unreached::Refused => "check the endpoint, and that the server is running",
        Unreached::NotEncrypted => {
            "the server does not use TLS on this port; use http:// in the endpoint, or the port with \
             TLS"
        }
        Unreached::Untrusted => {
            "check the endpoint, or set SSL_CERT_FILE to the file with its authority's certificate"
        }
        _ => "try again later, or check that the endpoint is an S3 server",
    }
}
