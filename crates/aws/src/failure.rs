//! What a service of AWS said went wrong.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Says in one line what a service answered, or why there is no answer.
///
/// The SDK's own text of such a failure shows the whole answer, and its own first line says little.
pub fn reason<E>(failure: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Some(answer) = failure.raw_response() else {
        return chain(failure);
    };
    let status = answer.status().as_u16();
    match (failure.code(), failure.message()) {
        (Some(code), Some(message)) => format!("{status} {code}: {message}"),
        (Some(code), None) => format!("{status} {code}"),
        _ => format!("an answer with status {status} that AWS would not give"),
    }
}

/// The texts of an error and its causes, without those that repeat.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}
