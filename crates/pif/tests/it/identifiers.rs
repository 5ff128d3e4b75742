//! Issuer and issue numbers, CUSIPs and ISINs, compared with two other implementations.

use cusip::{CUSIP, build_from_payload};
use cusip_pif::{Cusip, Identifier, InvalidCusip, IssueNum, IssuerNum, check_digit};
use proptest::prelude::*;
use regit_identifiers::checkdigit::{cusip_check_digit, isin_check_digit};
use rstest::rstest;

/// The expected digits were computed by hand.
#[rstest]
#[case::apple("03783310", '0')]
#[case::treasury_note("912828FV", '7')]
#[case::cisco("17275R10", '2')]
#[case::nothing("", '0')]
#[case::greatest_digit_sum("999999", '6')]
#[case::star_counts_36("*", '1')]
#[case::at_counts_37("@", '0')]
#[case::hash_counts_38("#", '9')]
#[case::doubled_star_counts_72("0*", '1')]
#[case::doubled_at_counts_74("0@", '9')]
#[case::doubled_hash_counts_76("0#", '7')]
#[case::doubled_letter_z_counts_70("0Z", '3')]
#[case::private_placement_with_star("123456*A", '5')]
#[case::private_placement_with_at_and_hash("12345@#1", '5')]
#[case::all_three("*@#00000", '9')]
fn check_digit_is_modulus_10_double_add_double(#[case] number: &str, #[case] expected: char) {
    assert_eq!(check_digit(number.as_bytes()), Some(expected));
}

#[test]
fn other_bytes_have_no_check_digit() {
    for byte in 0..=u8::MAX {
        let allowed = byte.is_ascii_digit()
            || byte.is_ascii_uppercase()
            || [b'*', b'@', b'#'].contains(&byte);
        assert_eq!(check_digit(&[byte]).is_some(), allowed, "{byte:#x}");
        assert_eq!(IssuerNum::new([byte; 6]).is_some(), allowed);
        assert_eq!(IssueNum::new([b'0', byte]).is_some(), allowed);
    }
}

proptest! {
    #[test]
    fn check_digit_agrees_with_the_cusip_crate(number in "[0-9A-Z]{8}") {
        let theirs = build_from_payload(&number).unwrap();
        prop_assert_eq!(check_digit(number.as_bytes()), Some(theirs.check_digit()));
        let ours = Cusip::from_8(&number).unwrap();
        prop_assert_eq!(ours.to_string(), theirs.to_string());
        prop_assert_eq!(ours.issuer_num().to_string(), theirs.issuer_num());
        prop_assert_eq!(ours.issue_num().to_string(), theirs.issue_num());
    }

    #[test]
    fn check_digit_agrees_with_the_regit_crate(number in "[0-9A-Z*@#]{8}") {
        let theirs = cusip_check_digit(&number).unwrap();
        prop_assert_eq!(check_digit(number.as_bytes()), Some(theirs));
    }

    #[test]
    fn validity_of_nine_characters_agrees_with_the_cusip_crate(text in "[0-9A-Z]{8}[0-9]") {
        prop_assert_eq!(text.parse::<Cusip>().is_ok(), CUSIP::parse(&text).is_ok());
    }

    #[test]
    fn isin_agrees_with_the_regit_crate(country in "[A-Z]{2}|US|CA|KY|AR", number in "[0-9A-Z]{8}") {
        let cusip = Cusip::from_8(&number).unwrap();
        let body = format!("{country}{cusip}");
        let right = isin_check_digit(&body).unwrap();
        let ours = cusip.to_isin(&country);
        let whole = format!("{body}{right}");
        prop_assert!(ours.iter().all(|isin| *isin == whole));
        for digit in '0'..='9' {
            let parsed = Cusip::from_isin(&format!("{body}{digit}"));
            let is_right = digit == right && ours.is_some();
            prop_assert_eq!(parsed.ok(), is_right.then_some(cusip));
        }
    }

    #[test]
    fn parsing_any_text_as_a_cusip_never_panics(text in "\\PC{0,14}|[0-9A-Z*@#é ]{5,13}") {
        if let Ok(cusip) = Cusip::parse_loosely(&text) {
            prop_assert_eq!(cusip.to_string().parse(), Ok(cusip));
        }
    }

    #[test]
    fn numbers_compare_by_bytes(left in "[0-9A-Z*@#]{6}", right in "[0-9A-Z*@#]{6}") {
        let number = |text: &str| text.parse::<IssuerNum>().unwrap();
        prop_assert_eq!(number(&left).cmp(&number(&right)), left.cmp(&right));
    }
}

#[rstest]
#[case::eight_characters("03783310", "037833100")]
#[case::nine_characters("037833100", "037833100")]
#[case::isin("US0378331005", "037833100")]
#[case::isin_of_another_country("CA1363751027", "136375102")]
#[case::lower_case("17275r102", "17275R102")]
#[case::lower_case_isin("us17275r1023", "17275R102")]
#[case::blanks_around(" \t912828FV7\n", "912828FV7")]
#[case::private_placement("123456*a", "123456*A5")]
#[case::international("G0176J109", "G0176J109")]
#[case::isin_with_a_cins_number("KYG982391099", "G98239109")]
#[case::isin_of_a_country_with_its_own_agency("ARP9897X1319", "P9897X131")]
#[case::blank_inside("037833 10", "037833100")]
#[case::dashes_inside("037833-10-0", "037833100")]
#[case::dashes_and_blanks_in_an_isin("US 037833-10-0 5", "037833100")]
fn cusip_is_read_in_every_common_form(#[case] text: &str, #[case] expected: &str) {
    let cusip = Cusip::parse_loosely(text).unwrap();
    assert_eq!(cusip.to_string(), expected);
    assert_eq!(cusip.check_digit(), expected.chars().last().unwrap());
    assert_eq!(cusip, Cusip::new(cusip.issuer_num(), cusip.issue_num()));
}

#[rstest]
#[case::empty("")]
#[case::blanks("         ")]
#[case::seven_characters("0378332")]
#[case::ten_characters("0378331000")]
#[case::eleven_characters("US037833100")]
#[case::thirteen_characters("US03783310055")]
#[case::not_ascii_of_nine_bytes("0378331é")]
#[case::not_ascii_across_the_parts("03783é10")]
#[case::not_ascii_of_twelve_bytes("éééééé")]
#[case::isin_without_a_country("120378331005")]
#[case::isin_with_a_private_placement("US123456*A50")]
fn text_of_another_form_is_not_a_cusip(#[case] text: &str) {
    let error = Cusip::parse_loosely(text).unwrap_err();
    assert_eq!(error, InvalidCusip::Form(text.to_owned()));
    assert!(
        error
            .to_string()
            .starts_with(&format!("{text:?} is not a CUSIP: "))
    );
}

#[rstest]
#[case::cusip(
    "037833101",
    '0',
    r#""037833101" is not a CUSIP: its check digit should be 0"#
)]
#[case::letter(
    "03783310A",
    '0',
    r#""03783310A" is not a CUSIP: its check digit should be 0"#
)]
#[case::within_an_isin(
    "US0378331013",
    '0',
    r#""US0378331013" is not a CUSIP: its check digit should be 0"#
)]
fn wrong_check_digit_is_reported_with_the_right_one(
    #[case] text: &str,
    #[case] expected: char,
    #[case] message: &str,
) {
    let error = Cusip::parse_loosely(text).unwrap_err();
    assert_eq!(error.to_string(), message);
    let text = text.to_owned();
    assert_eq!(error, InvalidCusip::CheckDigit { text, expected });
}

/// The first three have a CUSIP in the middle whose check digit is right by chance.
#[rstest]
#[case::british("GB0003611059", "GB")]
#[case::french("FR0000131104", "FR")]
#[case::chilean_without_a_cins_number("CL0003611051", "CL")]
#[case::german("DE0007164600", "DE")]
fn isin_of_a_country_without_cusips_is_reported_as_one(#[case] text: &str, #[case] country: &str) {
    let error = Cusip::parse_loosely(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{text:?} is a valid ISIN, but ISINs that begin with {country} do not contain a CUSIP"
        )
    );
    let (text, country) = (text.to_owned(), country.to_owned());
    assert_eq!(error, InvalidCusip::ForeignIsin { text, country });
}

#[rstest]
#[case::one_zero("37833100", "037833100")]
#[case::three_zeros("361105", "000361105")]
fn leading_zeros_are_restored_if_the_check_digit_is_right(
    #[case] text: &str,
    #[case] cusip: Cusip,
) {
    assert_eq!(Cusip::with_leading_zeros(text), Some(cusip));
    let other_digit = if text.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{other_digit}", &text[..text.len() - 1]);
    assert_eq!(Cusip::with_leading_zeros(&wrong), None);
    assert_eq!(Cusip::with_leading_zeros(&cusip.to_string()), None);
}

#[test]
fn number_without_its_leading_zeros_is_reported_with_them() {
    let error = Cusip::parse_loosely("0361105").unwrap_err();
    assert_eq!(
        error.to_string(),
        r#""0361105" is too short for a CUSIP; with leading zeros it is 000361105"#
    );
}

#[rstest]
#[case::lower_case("17275r102")]
#[case::blank_at_the_end("037833100 ")]
#[case::dashes("037833-10-0")]
#[case::without_a_check_digit("03783310")]
#[case::isin("US0378331005")]
#[case::wrong_check_digit("037833101")]
#[case::not_ascii("0378331é")]
fn strict_constructor_takes_only_nine_characters(#[case] text: &str) {
    assert!(Cusip::from_9(text).is_err());
    assert!(text.parse::<Cusip>().is_err());
    assert_eq!(Cusip::from_9("037833100"), "037833100".parse());
}

#[rstest]
#[case::lower_case("us0378331005")]
#[case::dash("US-0378331005")]
#[case::cusip("037833100")]
#[case::french("FR0000131104")]
#[case::wrong_check_digit("US0378331006")]
fn strict_constructor_takes_only_isins_that_contain_a_cusip(#[case] text: &str) {
    assert!(Cusip::from_isin(text).is_err());
    assert!(Cusip::from_8(text).is_err());
}

#[test]
fn cusip_is_displayed_with_width_and_fill() {
    let cusip = Cusip::from_8("03783310").unwrap();
    assert_eq!(
        format!("{cusip:.>12}|{cusip:<11}|"),
        "...037833100|037833100  |"
    );
}

#[test]
fn identifier_is_an_issuer_number_or_a_cusip() {
    let issuer_num: IssuerNum = "037833".parse().unwrap();
    assert_eq!("037833".parse(), Ok(Identifier::Issuer(issuer_num)));
    assert_eq!(" 037-833 ".parse(), Ok(Identifier::Issuer(issuer_num)));
    let cusip: Cusip = "037833100".parse().unwrap();
    assert_eq!("US0378331005".parse(), Ok(Identifier::Security(cusip)));
    assert!("03783".parse::<Identifier>().is_err());
}

#[test]
fn wrong_check_digit_of_an_isin_is_reported_with_the_right_one() {
    let text = "US0378331006".to_owned();
    let error = Cusip::parse_loosely(&text).unwrap_err();
    let expected = '5';
    assert_eq!(
        error.to_string(),
        r#""US0378331006" is not an ISIN: its check digit should be 5"#
    );
    assert_eq!(error, InvalidCusip::IsinCheckDigit { text, expected });
}

#[test]
fn numbers_are_parsed_displayed_and_refused() {
    let issuer_num: IssuerNum = "17275R".parse().unwrap();
    assert_eq!(
        format!("{issuer_num}|{issuer_num:>8}|{issuer_num:?}"),
        "17275R|  17275R|IssuerNum(17275R)"
    );
    let issue_num: IssueNum = "*A".parse().unwrap();
    assert_eq!(format!("{issue_num} {issue_num:?}"), "*A IssueNum(*A)");
    assert_eq!(
        (issuer_num.as_bytes(), issue_num.as_bytes()),
        (b"17275R", b"*A")
    );
    for text in ["", "17275r", "17275", "17275R1", "17275é", " 17275"] {
        let error = text.parse::<IssuerNum>().unwrap_err();
        assert_eq!((error.text.as_str(), error.length), (text, 6));
    }
    assert_eq!(
        "a1".parse::<IssueNum>().unwrap_err().to_string(),
        r#""a1" must be 2 characters from 0-9, A-Z, *, @, #"#
    );
}
