//! The conversions that each optional feature adds.

#[cfg(feature = "serde")]
mod serde {
    use cusip_pif::{Cusip, Decimal, Issue, IssueAttribute, IssueStatus, PifRecord, RecordRef};
    use serde_json::{Value, json};

    fn issue() -> Issue {
        Issue {
            issue_desc_1: Some("COM \"A\"".to_owned()),
            issue_status: Some(IssueStatus::Active.into()),
            issue_update_date: Some("2024-01-15".parse().unwrap()),
            ..Issue::new("037833".parse().unwrap(), "10".parse().unwrap())
        }
    }

    #[test]
    fn record_in_json_has_the_names_and_texts_of_its_file() {
        let value = serde_json::to_value(issue()).unwrap();
        assert_eq!(value["issuer_num"], "037833");
        assert_eq!(value["issue_desc_1"], "COM \"A\"");
        assert_eq!(value["issue_status"], "A");
        assert_eq!(value["issue_update_date"], "2024-01-15");
        assert_eq!(value["issue_desc_2"], Value::Null);
        assert_eq!(value.as_object().unwrap().len(), 17);
        assert_eq!(serde_json::from_value::<Issue>(value).unwrap(), issue());
    }

    #[test]
    fn both_forms_of_a_record_are_serialized_alike() {
        use cusip_pif::Record as _;

        let issue = issue();
        let borrowed = issue.as_record_ref();
        assert_eq!(json!(borrowed), json!(issue));
        assert_eq!(borrowed.into_owned(), issue);
    }

    #[test]
    fn decimals_are_strings_that_keep_every_decimal_place() {
        let amount: Decimal = "4.5000000000000000000000000".parse().unwrap();
        let attribute = IssueAttribute {
            offering_amount: Some(amount),
            ..IssueAttribute::new("037833".parse().unwrap(), "10".parse().unwrap())
        };
        let text = serde_json::to_string(&attribute).unwrap();
        assert!(text.contains(r#""offering_amount":"4.5000000000000000000000000""#));
        assert_eq!(
            serde_json::from_str::<IssueAttribute>(&text).unwrap(),
            attribute
        );
        serde_json::from_str::<Decimal>("4.5").unwrap_err();
    }

    #[test]
    fn fields_that_are_missing_are_empty() {
        let issue: Issue =
            serde_json::from_str(r#"{"issuer_num": "037833", "issue_num": "10"}"#).unwrap();
        assert_eq!(issue.cusip().to_string(), "037833100");
        assert_eq!(issue.issue_status, None);
    }

    #[test]
    fn record_of_any_kind_states_its_kind() {
        let record = PifRecord::Issue(Box::new(issue()));
        let value = json!(record);
        assert_eq!(value["kind"], "issue");
        assert_eq!(serde_json::from_value::<PifRecord>(value).unwrap(), record);
    }

    #[test]
    fn wrong_value_is_refused_with_its_reason() {
        let error = serde_json::from_str::<Cusip>(r#""037833101""#).unwrap_err();
        let reason = "\"037833101\" is not a CUSIP: its check digit should be 0";
        assert!(error.to_string().starts_with(reason), "{error}");
        let error = serde_json::from_str::<IssueStatus>("7").unwrap_err();
        assert!(error.to_string().contains("expected a code"), "{error}");
    }
}

#[cfg(any(feature = "chrono", feature = "jiff"))]
macro_rules! date_tests {
    ($Date:ty, $parse:expr) => {
        use cusip_pif::Date;

        fn date(text: &str) -> $Date {
            $parse(text)
        }

        #[test]
        fn dates_convert_in_both_directions() {
            for text in ["0001-01-01", "2024-02-29", "9999-12-31"] {
                let day: Date = text.parse().unwrap();
                assert_eq!(<$Date>::from(day), date(text));
                assert_eq!(Date::try_from(date(text)), Ok(day));
            }
        }

        #[test]
        fn date_before_the_year_1_is_out_of_range() {
            let error = Date::try_from(date("0000-12-31")).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the year of the date must be from 1 to 9999"
            );
        }
    };
}

#[cfg(feature = "chrono")]
mod chrono {
    date_tests!(::chrono::NaiveDate, |text: &str| text.parse().unwrap());
}

#[cfg(feature = "jiff")]
mod jiff {
    date_tests!(::jiff::civil::Date, |text: &str| text.parse().unwrap());
}

#[cfg(feature = "rust_decimal")]
mod rust_decimal {
    use cusip_pif::Decimal;
    use rstest::rstest;

    #[rstest]
    #[case("4.50")]
    #[case("-0.0000000000000000000000000001")]
    #[case("79228162514264337593543950335")]
    fn decimals_convert_in_both_directions_with_every_decimal_place(#[case] text: &str) {
        let decimal: Decimal = text.parse().unwrap();
        let converted = ::rust_decimal::Decimal::try_from(decimal).unwrap();
        assert_eq!(converted.to_string(), text);
        assert_eq!(Decimal::from(converted), decimal);
    }

    #[rstest]
    #[case("79228162514264337593543950336")]
    #[case("0.00000000000000000000000000001")]
    fn decimal_that_does_not_fit_is_an_error(#[case] text: &str) {
        let decimal: Decimal = text.parse().unwrap();
        ::rust_decimal::Decimal::try_from(decimal).unwrap_err();
    }
}
