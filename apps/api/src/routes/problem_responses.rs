//! The description of the problems that all job endpoints have in common.

use std::collections::BTreeMap;

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoResponses, ToSchema as _};

use crate::problem::ProblemDocument;

/// Wrong token, too many wrong tokens, failure of the server, failure of the database.
pub(super) struct CommonProblems;

impl IntoResponses for CommonProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problems = [
            ("401", "The token is missing or wrong"),
            ("429", "Too many wrong tokens came from this address"),
            ("500", "The server or the database failed"),
            ("503", "The database is not available"),
        ];
        let described = problems.map(|(status, description)| {
            let document = Ref::from_schema_name(ProblemDocument::name());
            let content = ContentBuilder::new().schema(Some(document)).build();
            let response = ResponseBuilder::new()
                .description(description)
                .content("application/problem+json", content)
                .build();
            (status.to_owned(), RefOr::T(response))
        });
        described.into()
    }
}
