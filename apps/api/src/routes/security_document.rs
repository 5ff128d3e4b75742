//! The description of the answers of look-ups.

use cusip_jobs::{RecordChange, SearchHit};
use cusip_postgres::{ColumnType, SECURITY_COLUMNS};
use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// A security: its row of the view `v_security`, with its ISIN.
#[derive(Debug, Serialize)]
pub(super) struct SecurityFields;

impl PartialSchema for SecurityFields {
    fn schema() -> RefOr<Schema> {
        let object = SECURITY_COLUMNS.iter().fold(
            ObjectBuilder::new().description(Some(
                "A security: its row of the view `v_security`, with its ISIN. Numbers have every digit.",
            )),
            |object, (name, kind)| {
                let kind_of = |kind: Type| SchemaType::Array(vec![kind, Type::Null]);
                let property = match kind {
                    ColumnType::Number => ObjectBuilder::new().schema_type(kind_of(Type::Number)),
                    ColumnType::Date => ObjectBuilder::new()
                        .schema_type(kind_of(Type::String))
                        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
                    _ => ObjectBuilder::new().schema_type(kind_of(Type::String)),
                };
                object.property(*name, property).required(*name)
            },
        );
        object.into()
    }
}

impl ToSchema for SecurityFields {
    fn name() -> std::borrow::Cow<'static, str> {
        "Security".into()
    }
}

/// A security, and the state that it belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecurityDocument {
    /// The load that made the state; null if nothing has been loaded.
    job_id: Option<i64>,
    /// The day of the state, as `YYYY-MM-DD`.
    date: Option<String>,
    /// The security.
    security: SecurityFields,
}

/// What a search found, or a page of the list of securities.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecurityList {
    /// The load that made the state; null if nothing has been loaded.
    job_id: Option<i64>,
    /// The day of the state, as `YYYY-MM-DD`.
    date: Option<String>,
    /// What a search found, the best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<Vec<SearchHit>>,
    /// The securities of a list, in the order of their CUSIPs.
    #[serde(skip_serializing_if = "Option::is_none")]
    securities: Option<Vec<SecurityFields>>,
    /// The value of `after` for the next page of a list, or null if this is the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The results of a look-up, in the order of its identifiers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LookupResults {
    /// The load that made the state; null if nothing has been loaded.
    job_id: Option<i64>,
    /// The day of the state, as `YYYY-MM-DD`.
    date: Option<String>,
    /// One result for each identifier.
    results: Vec<LookupResult>,
}

/// The result for an identifier: either `security` or `reason`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LookupResult {
    /// The identifier, as it was sent.
    id: String,
    /// The security.
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<SecurityFields>,
    /// Why it was not found: what is wrong with the identifier, or that no security has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// An issuer with a page of its issues.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuerDocument {
    /// The load that made the state; null if nothing has been loaded.
    job_id: Option<i64>,
    /// The day of the state, as `YYYY-MM-DD`.
    date: Option<String>,
    /// The issuer, as its row of the view `v_issuer`.
    #[schema(value_type = Object)]
    issuer: serde_json::Map<String, serde_json::Value>,
    /// Its issues, in the order of their CUSIPs.
    issues: Vec<SecurityFields>,
    /// The value of `after` for the next page, or null if this is the last page.
    next: Option<String>,
}

/// The versions of a security's records, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryDocument {
    /// The load that made the state; null if nothing has been loaded.
    job_id: Option<i64>,
    /// The day of the state, as `YYYY-MM-DD`.
    date: Option<String>,
    /// The CUSIP.
    cusip: String,
    /// The versions: those of its issuer, of its issue, and of its attributes.
    versions: Vec<RecordChange>,
}

/// A page of changes, in the order of loads. A record can be applied after those before it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeList {
    /// The last load that the list covers: the `since_job` of the next poll, after the last page.
    job_id: Option<i64>,
    /// The day of the state after that load, as `YYYY-MM-DD`.
    date: Option<String>,
    /// The changes.
    changes: Vec<RecordChange>,
    /// The value of `after` for the next page, or null if this is the last page.
    next: Option<String>,
}
