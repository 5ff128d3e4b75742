//! Codes: the documented lists, and how undocumented codes are treated.

use std::fmt::{Debug, Display};

use cusip_pif::{
    CodeList, FieldType, FileKind, GovtStimulusProgram, Issue, IssueAttribute, IssueStatus,
    IssueTransaction, Issuer, IssuerStatus, IssuerTransaction, IssuerType, OfferingAmountCode,
    PaymentFrequency, Record, SaleType, UnknownCode,
};
use rstest::rstest;

use crate::sample::line;
use crate::seen::{Value, parse_one, summary, values};

/// The documented codes: list, code, description.
const REFERENCE_CODES: &str = include_str!("reference-codes.csv");

/// Splits a line of the reference codes, where only the last column may be quoted.
fn reference_code(line: &str) -> (&str, &str, &str) {
    let (list, rest) = line.split_once(',').unwrap();
    let (code, description) = rest.split_once(',').unwrap();
    (list, code, description.trim_matches('"'))
}

#[test]
fn code_lists_agree_with_the_reference_codes() {
    let lists: Vec<_> = (CodeList::ALL.iter())
        .flat_map(|list| (list.codes.iter()).map(|code| (list.name, code.code, code.description)))
        .collect();
    let reference: Vec<_> = REFERENCE_CODES
        .lines()
        .skip(1)
        .map(reference_code)
        .collect();
    assert_eq!(lists, reference);
    assert_eq!(reference.len(), 54);
}

#[test]
fn each_list_belongs_to_the_field_of_its_name() {
    let fields: Vec<_> = (FileKind::ALL.iter())
        .flat_map(|kind| kind.layout().fields)
        .filter_map(|field| Some((field.name, field.code_list()?.name)))
        .collect();
    let mut lists: Vec<_> = CodeList::ALL.iter().map(|list| list.name).collect();
    assert!(fields.iter().all(|(field, list)| field == list));
    let mut used: Vec<_> = fields.into_iter().map(|(_, list)| list).collect();
    used.sort_unstable();
    lists.sort_unstable();
    assert_eq!(used, lists);
}

#[test]
fn each_list_contains_its_codes_and_no_other_character() {
    for list in CodeList::ALL {
        for character in (0..=0x2FF_u32).filter_map(char::from_u32) {
            let code = character.to_string();
            let known = list.codes.iter().find(|known| known.code == code);
            assert_eq!(list.contains(&code), known.is_some(), "{code:?}");
            assert_eq!(
                list.description(&code),
                known.map(|known| known.description)
            );
        }
        let doubled = list.codes[0].code.repeat(2);
        assert!(!list.contains("") && !list.contains(&doubled));
    }
}

/// Checks that an enum reads, displays and returns each code of its list.
fn holds<T: Display + Debug + Copy>(
    list: &CodeList,
    from_code: impl Fn(&str) -> Result<T, UnknownCode>,
    code: impl Fn(T) -> &'static str,
) {
    for documented in list.codes {
        let value = from_code(documented.code).unwrap();
        assert_eq!(code(value), documented.code);
        assert_eq!(value.to_string(), documented.description);
    }
    let unknown = from_code("?").unwrap_err();
    assert_eq!((unknown.list, unknown.code.as_str()), (list.name, "?"));
}

#[test]
fn every_documented_code_has_a_variant() {
    macro_rules! hold {
        ($($list:ident)+) => {
            $(holds(&$list::LIST, $list::from_code, $list::code);)+
        };
    }
    hold!(IssuerType IssuerStatus IssuerTransaction IssueStatus IssueTransaction);
    hold!(GovtStimulusProgram PaymentFrequency SaleType OfferingAmountCode);
}

#[test]
fn every_documented_code_is_read_without_a_warning() {
    fn codes_are_read<R: Record>() -> usize {
        let mut count = 0;
        for field in R::LAYOUT.fields {
            for code in field.code_list().map_or(&[][..], |list| list.codes) {
                let seen = parse_one::<R>(line::<R>(&[(field.name, &code.code)]));
                assert_eq!(seen.into_warnings(), []);
                count += 1;
            }
        }
        count
    }
    let read = [
        codes_are_read::<Issuer>(),
        codes_are_read::<Issue>(),
        codes_are_read::<IssueAttribute>(),
    ];
    assert_eq!(read, [13, 26, 15]);
}

#[rstest]
#[case::letter("Q")]
#[case::lower_case("a")]
#[case::not_ascii("é")]
#[case::end_of_file_byte("\u{1a}")]
fn undocumented_code_is_kept_with_a_warning(#[case] code: &str) {
    let seen = parse_one::<Issue>(line::<Issue>(&[("issue_status", &code)]));
    let warnings = seen.clone().into_warnings();
    assert_eq!(
        summary(&warnings),
        [("issue_status", code, "undocumented_code")]
    );
    assert_eq!(
        warnings[0].to_string(),
        format!("issue_status {code:?} is not a documented code of issue_status")
    );
    assert_eq!(seen.into_record().issue_status.as_deref(), Some(code));
}

#[test]
fn blanks_alone_are_null_in_every_code_field() {
    fn hold<R: Record>() -> usize {
        let codes = R::LAYOUT.fields.iter().filter_map(|field| {
            let FieldType::Code { max, .. } = field.field_type else {
                return None;
            };
            Some((field, max))
        });
        let mut count = 0;
        for (field, max) in codes {
            for blanks in [" ", "\t", &" ".repeat(max), &" ".repeat(max + 1)] {
                let seen = parse_one::<R>(line::<R>(&[(field.name, &blanks)]));
                let rules: Vec<_> = (seen.clone().into_warnings().iter())
                    .map(|warning| warning.rule.code())
                    .collect();
                let is_wide = blanks.len() > max;
                assert_eq!(rules, vec!["padding"; is_wide.into()], "{}", field.name);
                let values = values(seen.into_record().as_record_ref());
                assert_eq!(values[field.ordinal - 1].1, Value::Text(None));
            }
            count += 1;
        }
        count
    }
    assert_eq!(
        hold::<Issuer>() + hold::<Issue>() + hold::<IssueAttribute>(),
        9
    );
}

#[test]
fn code_longer_than_its_field_is_a_fault() {
    let read =
        |code: &'static str| parse_one::<Issue>(line::<Issue>(&[("govt_stimulus_program", &code)]));
    let issue = read("ABCDEFGHIJ").into_record();
    assert_eq!(issue.govt_stimulus_program.as_deref(), Some("ABCDEFGHIJ"));
    assert_eq!(
        summary(&read("ABCDEFGHIJK").into_faults()),
        [("govt_stimulus_program", "ABCDEFGHIJK", "text_length")]
    );
}

#[test]
fn accessors_of_a_record_return_the_meaning_of_codes() {
    let file = line::<Issue>(&[("issue_status", &"Z"), ("issue_transaction", &"?")]);
    let issue = parse_one::<Issue>(file).into_record();
    assert_eq!(issue.issue_status(), Some(Ok(IssueStatus::Matured)));
    let issue = issue.as_record_ref();
    assert_eq!(issue.issue_status(), Some(Ok(IssueStatus::Matured)));
    assert_eq!(issue.govt_stimulus_program(), None);
    let unknown = issue.issue_transaction().unwrap().unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "\"?\" is not a documented code of issue_transaction"
    );
}
