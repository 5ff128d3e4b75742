//! Texts: kept as received, measured in characters, in two encodings.

use cusip_pif::{Issue, IssueAttribute, Issuer, Record, RecordRef, Rule};
use rstest::rstest;

use crate::sample::line;
use crate::seen::{Value, parse, parse_one, summary, values};

/// The characters of the bytes 0x80 to 0x9F in Windows-1252, from the WHATWG Encoding Standard.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// Reads an issuer record with this `issuer_name_1` and returns that field.
fn name(value: impl AsRef<[u8]>) -> Option<String> {
    let file = line::<Issuer>(&[("issuer_name_1", &value)]);
    parse_one::<Issuer>(file).into_record().issuer_name_1
}

#[rstest]
#[case::quotes("\"ACME\" 'INC'")]
#[case::quote_that_is_never_closed("\"ACME")]
#[case::quote_alone("\"")]
#[case::backslash("ACME\\")]
#[case::comma_and_tab("ACME,\tINC")]
#[case::blanks_around("  ACME INC  ")]
#[case::blank_alone(" ")]
#[case::blanks_alone("   ")]
#[case::lower_case("Acme inc")]
#[case::control_characters("\u{1}\u{7f}\u{85}\u{9f}")]
#[case::no_break_space("\u{a0}")]
#[case::beyond_the_basic_plane("𝔸𝕔𝕞𝕖")]
#[case::not_composed("u\u{308}")]
#[case::null_word("NULL")]
#[case::copy_null("\\N")]
fn text_is_kept_as_received(#[case] text: &str) {
    assert_eq!(name(text).as_deref(), Some(text));
}

#[test]
fn empty_text_is_null() {
    assert_eq!(name(""), None);
}

#[test]
fn quotes_do_not_hide_separators() {
    let mut fields = vec![""; 16];
    (fields[0], fields[2], fields[3]) = ("037833", "\"A", "B\"");
    let issuer: Issuer = parse_one(fields.join("|")).into_record();
    let names = (issuer.issuer_name_1, issuer.issuer_name_2);
    assert_eq!(names, (Some("\"A".to_owned()), Some("B\"".to_owned())));
}

#[rstest]
#[case::one_byte_characters("A")]
#[case::two_byte_characters("é")]
#[case::three_byte_characters("€")]
#[case::four_byte_characters("𝔸")]
fn thirty_characters_fit_and_one_more_does_not(#[case] character: &str) {
    let (fits, too_long) = (character.repeat(30), character.repeat(31));
    assert_eq!(name(&fits), Some(fits));
    let faults = parse_one::<Issuer>(line::<Issuer>(&[("issuer_name_1", &too_long)])).into_faults();
    assert_eq!(
        summary(&faults),
        [("issuer_name_1", too_long.as_str(), "text_length")]
    );
    assert_eq!(faults[0].rule, Rule::TextLength { max: 30, found: 31 });
}

#[test]
fn windows_1252_text_is_also_measured_in_characters() {
    let fits = name([0xE9; 30]);
    assert_eq!(fits, Some("é".repeat(30)));
    let file = line::<Issuer>(&[("issuer_name_1", &[0xE9; 31])]);
    let faults = parse_one::<Issuer>(file).into_faults();
    assert_eq!(faults[0].rule, Rule::TextLength { max: 30, found: 31 });
}

#[test]
fn each_text_field_accepts_the_width_in_its_layout_and_no_more() {
    for field in IssueAttribute::layout_texts() {
        let (name, max) = field;
        let text = |length| "x".repeat(length);
        let seen = parse_one::<IssueAttribute>(line::<IssueAttribute>(&[(name, &text(max))]));
        seen.into_record();
        let seen = parse_one::<IssueAttribute>(line::<IssueAttribute>(&[(name, &text(max + 1))]));
        let faults = seen.into_faults();
        assert_eq!(
            summary(&faults),
            [(name, text(max + 1).as_str(), "text_length")]
        );
    }
}

#[test]
fn blanks_beyond_the_width_of_a_text_are_dropped_with_a_warning() {
    for (field, max) in IssueAttribute::layout_texts() {
        for padding in [" ", "\t", "    \t   "] {
            let fitting = format!("{}é", "x".repeat(max - 1));
            let padded = format!("{fitting}{padding}");
            let seen = parse_one::<IssueAttribute>(line::<IssueAttribute>(&[(field, &padded)]));
            let warnings = seen.clone().into_warnings();
            assert_eq!(summary(&warnings), [(field, padded.as_str(), "padding")]);
            assert_eq!(warnings[0].rule, Rule::Padding { max });
            let values = values(seen.into_record().as_record_ref());
            let value = values.into_iter().find(|(found, _)| found.name == field);
            assert_eq!(value.unwrap().1, Value::Text(Some(fitting)));
        }
    }
}

#[rstest]
#[case::cut_at_the_width("ACME", 40, "ACME                          ")]
#[case::all_of_it("", 40, "                              ")]
fn blanks_within_the_width_of_a_text_stay(
    #[case] text: &str,
    #[case] width: usize,
    #[case] expected: &str,
) {
    assert_eq!(name(format!("{text:<width$}")).as_deref(), Some(expected));
}

#[test]
fn blanks_at_the_end_of_a_key_are_dropped_with_a_warning() {
    let file = line::<Issue>(&[("issuer_num", &"037833  "), ("issue_num", &"10 ")]);
    let seen = parse_one::<Issue>(file);
    assert_eq!(
        summary(&seen.clone().into_warnings()),
        [
            ("issuer_num", "037833  ", "padding"),
            ("issue_num", "10 ", "padding")
        ]
    );
    let key = seen.into_record().as_record_ref().key();
    assert_eq!(key.to_string(), "037833 10");
}

#[test]
fn padded_codes_and_check_digits_count_without_their_blanks() {
    let file = line::<Issue>(&[("issue_check", &"0 "), ("issue_status", &"A  ")]);
    let seen = parse_one::<Issue>(file);
    let warnings = seen.clone().into_warnings();
    assert_eq!(
        summary(&warnings),
        [
            ("issue_check", "0 ", "padding"),
            ("issue_status", "A  ", "padding")
        ]
    );
    assert_eq!(
        warnings[1].to_string(),
        "issue_status \"A  \" has blanks beyond the width of 1, which were dropped"
    );
    assert_eq!(seen.into_record().issue_status.as_deref(), Some("A"));
}

/// The text fields of a kind of record, with their widths.
trait LayoutTexts {
    fn layout_texts() -> Vec<(&'static str, usize)>;
}

impl<R: cusip_pif::Record> LayoutTexts for R {
    fn layout_texts() -> Vec<(&'static str, usize)> {
        (R::LAYOUT.fields.iter())
            .filter_map(|field| match field.field_type {
                cusip_pif::FieldType::Text { max } => Some((field.name, max)),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn every_high_byte_is_read_as_windows_1252() {
    let characters = (WINDOWS_1252.chars()).chain((0xA0..=0xFF_u8).map(char::from));
    let mut count = 0;
    for (byte, character) in (0x80..=0xFF_u8).zip(characters) {
        let bytes = [b'<', byte, b'>'];
        let file = line::<Issuer>(&[("issuer_name_2", &bytes)]);
        let seen = parse_one::<Issuer>(file);
        let text = format!("<{character}>");
        let warnings = seen.clone().into_warnings();
        assert_eq!(
            summary(&warnings),
            [("issuer_name_2", text.as_str(), "windows_1252")]
        );
        assert_eq!(seen.into_record().issuer_name_2, Some(text));
        count += 1;
    }
    assert_eq!(count, 128);
}

#[rstest]
#[case::cut_sequence(b"\xe2\x82", "â‚")]
#[case::overlong_sequence(b"\xc0\xaf", "À¯")]
#[case::surrogate(b"\xed\xa0\x80", "í\u{a0}€")]
#[case::beyond_unicode(b"\xf4\x90\x80\x80", "ô\u{90}€€")]
#[case::one_bad_byte_after_good_utf8(b"\xc3\xbc\xfc", "Ã¼ü")]
#[case::utf16_mark(b"\xff\xfe", "ÿþ")]
fn field_with_an_invalid_sequence_is_windows_1252_as_a_whole(
    #[case] bytes: &[u8],
    #[case] expected: &str,
) {
    assert_eq!(name(bytes).as_deref(), Some(expected));
}

#[test]
fn each_field_has_its_own_encoding() {
    let file = line::<Issuer>(&[
        ("issuer_name_1", b"Z\xfcrich"),
        ("issuer_name_2", &"Zürich"),
        ("issuer_name_3", &"Zurich"),
        ("issuer_type", &[0x80]),
        ("issuer_state_code", b"\xfc\xfc"),
    ]);
    let seen = parse_one::<Issuer>(file);
    assert_eq!(
        summary(&seen.clone().into_warnings()),
        [
            ("issuer_name_1", "Zürich", "windows_1252"),
            ("issuer_type", "€", "undocumented_code"),
            ("issuer_type", "€", "windows_1252"),
            ("issuer_state_code", "üü", "windows_1252"),
        ]
    );
    let issuer = seen.into_record();
    assert_eq!(issuer.issuer_name_1.as_deref(), Some("Zürich"));
    assert_eq!(issuer.issuer_name_2.as_deref(), Some("Zürich"));
    assert_eq!(issuer.issuer_type.as_deref(), Some("€"));
}

#[test]
fn decoded_text_of_one_record_does_not_leak_into_the_next() {
    let mut file = line::<Issuer>(&[("issuer_name_1", &[0xFC; 30])]);
    file.push(b'\n');
    file.extend(line::<Issuer>(&[("issuer_name_1", &"ACME")]));
    let mut seen = parse::<Issuer>(file);
    assert!(seen[1].clone().into_warnings().is_empty());
    let issuer = seen.remove(1).into_record();
    assert_eq!(issuer.issuer_name_1.as_deref(), Some("ACME"));
}

#[rstest]
#[case::text("issuer_name_1", b"A\0B", "A\0B")]
#[case::alone("issuer_name_1", b"\0", "\0")]
#[case::key("issuer_num", b"03783\0", "03783\0")]
#[case::date("issuer_update_date", b"2024-01-1\0", "2024-01-1\0")]
#[case::code("issuer_type", b"\0", "\0")]
#[case::text_that_is_too_long("issuer_state_code", b"CA\0", "CA\0")]
#[case::windows_1252("issuer_name_1", b"\xfc\0", "ü\0")]
fn nul_byte_makes_a_record_bad(
    #[case] field: &'static str,
    #[case] value: &[u8],
    #[case] shown: &str,
) {
    let faults = parse_one::<Issuer>(line::<Issuer>(&[(field, &value)])).into_faults();
    assert_eq!(summary(&faults), [(field, shown, "nul_byte")]);
}

#[test]
fn each_field_with_a_nul_byte_is_reported_among_the_other_faults() {
    let file = line::<Issuer>(&[
        ("issuer_num", &""),
        ("issuer_name_2", &"\0"),
        ("issuer_del_date", &"never"),
        ("issuer_state_code", &"\0"),
        ("issuer_update_date", &"2024-13-01"),
    ]);
    assert_eq!(
        summary(&parse_one::<Issuer>(file).into_faults()),
        [
            ("issuer_num", "", "missing_key"),
            ("issuer_name_2", "\0", "nul_byte"),
            ("issuer_del_date", "never", "date"),
            ("issuer_state_code", "\0", "nul_byte"),
            ("issuer_update_date", "2024-13-01", "date"),
        ]
    );
}
