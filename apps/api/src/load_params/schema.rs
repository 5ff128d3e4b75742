//! The `OpenAPI` schemas of the fields that utoipa cannot derive.

use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

use super::MAX_INTEGER;

const MAX_REJECTS: &str = "How many rejected records the load tolerates: a number, or a percentage of the records such as \"0.5%\". Defaults to the server's setting (`CUSIP_MAX_REJECTS`, which defaults to 0).";
const MAX_AGE_DAYS: &str = "How many days a file's last change may be before or after its day, because file names do not include the year. 0 allows any number. Defaults to 7.";

/// A number of records, with the same meaning as a JSON number, or a percentage.
const LIMIT_PATTERN: &str = r"^([0-9]{1,15}|(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%)$";

pub(super) fn max_rejects_schema() -> Schema {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(MAX_INTEGER as usize));
    let share = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(LIMIT_PATTERN));
    let nothing = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new()
        .item(number)
        .item(share)
        .item(nothing)
        .description(Some(MAX_REJECTS))
        .into()
}

pub(super) fn max_age_days_schema() -> Schema {
    let types = [Type::Integer, Type::Null];
    (ObjectBuilder::new().schema_type(SchemaType::from_iter(types)))
        .minimum(Some(0))
        .maximum(Some(u32::MAX))
        .description(Some(MAX_AGE_DAYS))
        .into()
}
