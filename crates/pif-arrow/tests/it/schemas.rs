//! The schemas.

use arrow_schema::DataType;
use cusip_pif::{FieldType, FileKind};
use cusip_pif_arrow::{Options, rejects_schema, schema};

#[test]
fn schema_has_the_fields_of_the_layout_in_order() {
    for kind in FileKind::ALL {
        let schema = schema(kind, &Options::default());
        let fields = kind.layout().fields;
        assert_eq!(schema.fields().len(), fields.len());
        for (column, field) in schema.fields().iter().zip(fields) {
            assert_eq!(column.name(), field.name);
            assert_eq!(column.is_nullable(), !field.is_key(), "{}", field.name);
            let is_text = column.data_type() == &DataType::Utf8;
            let other = matches!(
                field.field_type,
                FieldType::Date | FieldType::Integer | FieldType::Decimal { .. }
            );
            assert_eq!(is_text, !other, "{}", field.name);
        }
    }
}

#[test]
fn types_of_the_fields_that_are_not_text() {
    let type_of = |kind, name: &str| {
        let schema = schema(kind, &Options::default());
        schema.field_with_name(name).unwrap().data_type().clone()
    };
    assert_eq!(
        type_of(FileKind::Issue, "rate"),
        DataType::Decimal128(15, 6)
    );
    assert_eq!(type_of(FileKind::Issue, "maturity_date"), DataType::Date32);
    assert_eq!(
        type_of(FileKind::Issue, "partial_maturity"),
        DataType::Int32
    );
    assert_eq!(
        type_of(FileKind::IssueAttribute, "offering_amount"),
        DataType::Decimal128(15, 3)
    );
}

#[test]
fn identifiers_come_first() {
    let options = Options::default().with_identifiers(true);
    let first = |kind| {
        let names = schema(kind, &options);
        let names = names.fields().iter().map(|column| column.name().clone());
        names.take(3).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        first(FileKind::Issuer),
        "issuer_num issuer_check issuer_name_1"
    );
    assert_eq!(first(FileKind::Issue), "cusip issuer_num issue_num");
    assert_eq!(first(FileKind::IssueAttribute), "cusip isin issuer_num");
}

#[test]
fn only_field_and_value_of_a_reject_can_be_null() {
    let schema = rejects_schema();
    let nullable = schema.fields().iter().filter(|column| column.is_nullable());
    let names: Vec<_> = nullable.map(|column| column.name().as_str()).collect();
    assert_eq!(names, ["field", "value"]);
}
