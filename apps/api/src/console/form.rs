//! Forms that pages send.

use axum::extract::{FromRequest, Request};
use http::HeaderName;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::load_params::MAX_BODY_BYTES;
use crate::problem::{Code, Problem};
use crate::request_body::read_body;

/// The header in which browsers say how the site that a request comes from is related to this one.
pub(super) const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form. If they are invalid, the answer is a problem.
#[derive(Debug)]
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        // Browsers say from where a form was sent. Without that, only the session's own field protects it.
        let site = request.headers().get(FETCH_SITE);
        if site.is_some_and(|site| site != "same-origin" && site != "none") {
            let detail = "this form was sent from another site; open the page here, then send it";
            return Err(Problem::new(Code::Forbidden, detail));
        }
        let content_type = request.headers().get(CONTENT_TYPE);
        let media_type = content_type.and_then(|value| value.to_str().ok()?.split(';').next());
        if !media_type.is_some_and(|name| name.trim().eq_ignore_ascii_case(FORM)) {
            let detail = format!("send the form with Content-Type {FORM}");
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        let body = read_body(request.into_body(), MAX_BODY_BYTES).await?;
        let form = serde_urlencoded::from_bytes(&body);
        form.map(Self)
            .map_err(|error| Problem::bad_request(format!("the form is invalid: {error}")))
    }
}
