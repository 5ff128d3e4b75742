//! Forms that pages send.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::load_params::MAX_BODY_BYTES;
use crate::problem::Problem;
use crate::request_body::read_body;

/// The fields of a form. If they are invalid, the answer is a problem.
#[derive(Debug)]
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = read_body(request.into_body(), MAX_BODY_BYTES).await?;
        let form = serde_urlencoded::from_bytes(&body);
        form.map(Self)
            .map_err(|error| Problem::bad_request(format!("the form is invalid: {error}")))
    }
}
