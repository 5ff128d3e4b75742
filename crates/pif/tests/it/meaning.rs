//! What records mean: joined names, CUSIPs and amounts.

use cusip_pif::{Decimal, Issue, IssueAttribute, Issuer, Record};
use rstest::rstest;

#[rstest]
#[case::one_part([Some(" APPLE INC "), None, None], "APPLE INC")]
#[case::blank_at_the_end_of_a_part([Some("THE LONG "), Some("NAME OF"), Some(" X ")], "THE LONG NAME OF X")]
#[case::later_part([None, Some("B"), None], "B")]
#[case::nothing([None, None, None], "")]
fn name_is_joined_without_a_separator(#[case] parts: [Option<&str>; 3], #[case] name: &str) {
    let [one, two, three] = parts.map(|part| part.map(str::to_owned));
    let issuer = Issuer {
        issuer_name_1: one.clone(),
        issuer_name_2: two.clone(),
        issuer_name_3: three,
        issuer_adl_2: two,
        issuer_adl_4: one,
        ..Issuer::new("037833".parse().unwrap())
    };
    assert_eq!(issuer.issuer_name(), name);
    assert_eq!(issuer.as_record_ref().issuer_name(), name);
    let adl = [
        issuer.issuer_adl_2.as_deref(),
        issuer.issuer_adl_4.as_deref(),
    ];
    let info: String = adl.into_iter().flatten().collect();
    assert_eq!(issuer.additional_info(), info.trim_matches(' '));
}

#[test]
fn issue_has_a_cusip_and_a_description() {
    let issue = Issue {
        issue_desc_1: Some("COM ".to_owned()),
        issue_desc_2: Some("CL A ".to_owned()),
        ..Issue::new("037833".parse().unwrap(), "10".parse().unwrap())
    };
    assert_eq!(issue.cusip().to_string(), "037833100");
    assert_eq!(issue.description(), "COM CL A");
    assert_eq!(issue.additional_info(), "");
}

#[rstest]
#[case::thousands("250.5", Some("K"), Some("250500"))]
#[case::millions("250.0", Some("M"), Some("250000000"))]
#[case::billions("1.125", Some("B"), Some("1125000000"))]
#[case::kept_decimals("0.0005", Some("K"), Some("0.5"))]
#[case::no_unit("5", None, None)]
#[case::unknown_unit("5", Some("X"), None)]
fn offering_amount_is_multiplied_by_its_unit(
    #[case] amount: Decimal,
    #[case] unit: Option<&str>,
    #[case] full: Option<&str>,
) {
    let attribute = IssueAttribute {
        offering_amount: Some(amount),
        offering_amount_code: unit.map(Into::into),
        ..IssueAttribute::new("037833".parse().unwrap(), "10".parse().unwrap())
    };
    let full = full.map(|full| full.parse().unwrap());
    assert_eq!(attribute.offering_amount_full(), full);
    assert_eq!(attribute.as_record_ref().offering_amount_full(), full);
    assert_eq!(attribute.cusip().to_string(), "037833100");
    let without = IssueAttribute {
        offering_amount: None,
        ..attribute
    };
    assert_eq!(without.offering_amount_full(), None);
}
