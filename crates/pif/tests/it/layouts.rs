//! The layouts, compared with the description of the format.

use std::collections::HashSet;

use cusip_pif::{Field, FieldType, FileKind, Issue, IssueAttribute, Issuer, Layout, Record};
use rstest::rstest;

use crate::sample::line;
use crate::seen::{Value, parse_one, values};

#[rstest]
#[case(FileKind::Issuer, "issuer", 'R', 16, &["issuer_num"])]
#[case(FileKind::Issue, "issue", 'E', 17, &["issuer_num", "issue_num"])]
#[case(FileKind::IssueAttribute, "issue_attr", 'A', 53, &["issuer_num", "issue_num"])]
fn kind_has_its_names_key_and_number_of_fields(
    #[case] kind: FileKind,
    #[case] wire_name: &str,
    #[case] letter: char,
    #[case] fields: usize,
    #[case] key: &[&str],
) {
    let layout = kind.layout();
    assert_eq!(layout.kind, kind);
    assert_eq!((kind.wire_name(), kind.letter()), (wire_name, letter));
    assert_eq!(kind.to_string(), wire_name);
    assert_eq!(wire_name.parse(), Ok(kind));
    assert_eq!(layout.fields.len(), fields);
    let found: Vec<_> = layout.key().map(|field| field.name).collect();
    assert_eq!(found, key);
}

#[test]
fn other_names_are_not_kinds() {
    for name in ["", "ISSUER", "issues", "issue_attribute", "R"] {
        let error = name.parse::<FileKind>().unwrap_err();
        assert_eq!(error.to_string(), "expected issuer, issue or issue_attr");
    }
}

#[test]
fn day_loads_issuers_then_issues_then_attributes() {
    let mut kinds = FileKind::ALL;
    kinds.sort_unstable();
    assert_eq!(kinds, FileKind::ALL);
    assert_eq!(kinds.map(FileKind::letter), ['R', 'E', 'A']);
}

#[test]
fn key_starts_with_the_key_of_the_parent() {
    assert_eq!(FileKind::Issuer.parent(), None);
    for kind in FileKind::ALL {
        let name = |field: &'static Field| (field.name, field.field_type);
        let keys = kind
            .parent()
            .into_iter()
            .flat_map(|parent| parent.layout().key());
        let own_key = kind.layout().key().map(name);
        assert!(
            keys.map(name)
                .zip(own_key)
                .all(|(parent, own)| parent == own)
        );
    }
}

#[test]
fn fields_are_numbered_from_one_and_have_unique_names() {
    for layout in FileKind::ALL.map(FileKind::layout) {
        let ordinals: Vec<_> = layout.fields.iter().map(|field| field.ordinal).collect();
        assert_eq!(ordinals, (1..=layout.fields.len()).collect::<Vec<_>>());
        let names: HashSet<_> = layout.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), layout.fields.len());
        for field in layout.fields {
            assert_eq!(field.code_list().is_some(), is_code(field.field_type));
        }
        let keys = layout.key().count();
        assert!(layout.fields[..keys].iter().all(|field| field.is_key()));
    }
}

fn is_code(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Code { .. })
}

/// Compares each layout with the description of the format, where codes have no width.
#[rstest]
#[case(
    FileKind::Issuer,
    "issuer_num text(6) key, issuer_check text(1), issuer_name_1 text(30), \
    issuer_name_2 text(30), issuer_name_3 text(30), issuer_adl_1 text(30), issuer_adl_2 text(30), \
    issuer_adl_3 text(30), issuer_adl_4 text(30), issuer_sort_key text(30), issuer_type code(1), \
    issuer_status code(1), issuer_del_date date, issuer_transaction code(1), \
    issuer_state_code text(2), issuer_update_date date"
)]
#[case(
    FileKind::Issue,
    "issuer_num text(6) key, issue_num text(2) key, issue_check text(1), \
    issue_desc_1 text(30), issue_desc_2 text(30), issue_adl_1 text(30), issue_adl_2 text(30), \
    issue_adl_3 text(30), issue_adl_4 text(30), issue_status code(1), dated_date date, \
    maturity_date date, partial_maturity integer, rate decimal(9,6), \
    govt_stimulus_program code(10), issue_transaction code(1), issue_update_date date"
)]
#[case(
    FileKind::IssueAttribute,
    "issuer_num text(6) key, issue_num text(2) key, \
    alternative_min_tax text(1), bank_q text(1), callable text(1), activity_date date, \
    first_coupon_date date, init_pub_off text(1), payment_frequency code(1), \
    currency_code text(3), domicile_code text(2), underwriter text(60), us_cfi_code text(6), \
    closing_date date, ticker_symbol text(10), iso_cfi text(6), depos_eligible text(1), \
    pre_refund text(1), refundable text(1), remarketed text(1), sinking_fund text(1), \
    taxable text(1), form text(50), enhancements text(50), fund_distrb_policy text(50), \
    fund_inv_policy text(50), fund_type text(50), guarantee text(50), income_type text(50), \
    insured_by text(50), ownership_restr text(50), payment_status text(50), \
    preferred_type text(50), putable text(50), rate_type text(50), redemption text(50), \
    source_doc text(50), sponsoring text(50), voting_rights text(50), warrant_assets text(50), \
    warrant_status text(50), warrant_type text(50), where_traded text(50), auditor text(60), \
    paying_agent text(60), tender_agent text(60), xfer_agent text(60), bond_counsel text(60), \
    financial_advisor text(60), municipal_sale_date date, sale_type code(1), \
    offering_amount decimal(12,3), offering_amount_code code(1)"
)]
fn layout_agrees_with_the_description_of_the_format(
    #[case] kind: FileKind,
    #[case] expected: &str,
) {
    let fields: Vec<_> = (kind.layout().fields.iter())
        .map(|field| format!("{} {}", field.name, field.field_type))
        .collect();
    assert_eq!(fields.join(", "), expected);
}

#[test]
fn visitor_gets_each_field_in_order_and_empty_fields_as_none() {
    fn holds<R: Record>(layout: &'static Layout) {
        let record = parse_one::<R>(line::<R>(&[])).into_record();
        let shown = values(record.as_record_ref());
        let fields: Vec<_> = shown.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, layout.fields.iter().collect::<Vec<_>>());
        for (field, value) in shown {
            let null = match field.field_type {
                FieldType::IssuerNum => Value::Text(Some("037833".to_owned())),
                FieldType::IssueNum => Value::Text(Some("10".to_owned())),
                FieldType::Date => Value::Date(None),
                FieldType::Integer => Value::Integer(None),
                FieldType::Decimal { .. } => Value::Decimal(None),
                _ => Value::Text(None),
            };
            assert_eq!(value, null, "{}", field.name);
        }
    }
    holds::<Issuer>(FileKind::Issuer.layout());
    holds::<Issue>(FileKind::Issue.layout());
    holds::<IssueAttribute>(FileKind::IssueAttribute.layout());
}
