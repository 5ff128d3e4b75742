//! Bad records: one run finds all of them, and the limit decides whether the others are loaded.

use cusip_pif::FileKind;
use cusip_test_support::{
    TestDatabase, assert_consistent, assert_counts, cusip, cusip_on, day, load_document,
    master_rows, write_file,
};
use tempfile::tempdir;

const APPLE: &str = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
const APPLE_COMMON: &str = "037833|10|0|COM||||||A||||||A|2024-01-15";

#[test]
fn one_run_finds_rejects_of_every_kind_in_every_file() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let too_long = format!("111111||{}||||||||C|A||A||", "X".repeat(31));
    let issuers = [
        APPLE,
        "too|few",
        &too_long,
        "222222||B||||||||C|A|2024-02-30|A||",
    ];
    let issues = [
        APPLE_COMMON,
        "037833|11|0|WRONG CHECK DIGIT||||||A||||||A|",
        "333333|10||ORPHAN||||||A||||||A|",
        "037833|12||BAD RATE||||||A||||4.1234567||A|",
    ];
    let orphan = format!("037833|99{}", "|".repeat(51));
    let attributes = [format!("037833|10{}", "|".repeat(51)), orphan];
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &issuers),
        write_file(folder.path(), day(), FileKind::Issue, &issues),
        write_file(folder.path(), day(), FileKind::IssueAttribute, &attributes),
    ];
    let (run, document) = load_document(&database, &files);
    run.assert_fails(3, &["7 of 10 records were rejected, and 0 are allowed"]);
    let rejects = document["rejects"].as_array().unwrap();
    let rejects: Vec<_> = (rejects.iter())
        .map(|reject| {
            let text = |name: &str| reject[name].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {}",
                text("type"),
                reject["line_number"],
                text("rule"),
                text("field")
            )
        })
        .collect();
    assert_eq!(
        rejects,
        [
            "issuer 2 field_count -",
            "issuer 3 text_length issuer_name_1",
            "issuer 4 date issuer_del_date",
            "issue 2 check_digit issue_check",
            "issue 4 decimal_scale rate",
            "issue 3 orphan issuer_num",
            "issue_attr 2 orphan issue_num",
        ]
    );
    assert_eq!(master_rows(&database), [0, 0, 0]);
    assert_consistent(&database);

    for limit in ["6", "69%"] {
        load_document(
            &database,
            [files.as_slice(), &["--max-rejects".into(), limit.into()]].concat(),
        )
        .0
        .assert_fails(3, &["where 6", "allowed"][1..]);
    }
    for limit in ["7", "70%"] {
        let arguments = [files.as_slice(), &["--max-rejects".into(), limit.into()]].concat();
        let (run, document) = load_document(&database, arguments);
        run.assert_done();
        assert_eq!(document["results"][0]["rows_rejected"], 3);
        assert_eq!(document["results"][1]["rows_rejected"], 3);
        assert_eq!(document["results"][2]["rows_rejected"], 1);
        let message = document["message"].as_str().unwrap();
        assert!(message.starts_with("loaded 3 of 10 records: "), "{message}");
    }
    assert_eq!(master_rows(&database), [1, 1, 1]);
    assert_consistent(&database);
}

#[test]
fn last_record_with_a_key_wins_and_the_others_count_as_superseded() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let names = ["FIRST", "SECOND", "THIRD"];
    let issuers = names.map(|name| APPLE.replace("APPLE INC", name));
    let file = write_file(folder.path(), day(), FileKind::Issuer, &issuers);
    let (run, document) = load_document(&database, [&file]);
    run.assert_done();
    assert_counts(&document, "issuer", [3, 1, 1, 0, 0, 0, 2]);
    assert_eq!(
        database.query("select issuer_name_1 from issuer"),
        [["THIRD"]]
    );
    assert_consistent(&database);
}

#[test]
fn undocumented_codes_load_and_enter_their_reference_table() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = APPLE.replace("|C|A|", "|C|Q|");
    write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    let arguments = [
        "--date",
        "2024-01-15",
        "--allow-partial",
        "--file-dir",
        folder.path().to_str().unwrap(),
    ];
    let (run, document) = load_document(&database, arguments);
    run.assert_done();
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(
        warnings.contains("line 1: issuer_status \\\"Q\\\" is not a documented code"),
        "{warnings}"
    );
    assert!(
        warnings.contains("was added to ref_issuer_status"),
        "{warnings}"
    );
    let shown = database.query("select issuer_status, issuer_status_desc from v_issuer");
    assert_eq!(
        shown,
        [["Q", "Undocumented code, first seen on 2024-01-15, in job 1"]]
    );

    let (_, document) = load_document(&database, arguments);
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(
        !warnings.contains("entered into"),
        "it was entered by the first load: {warnings}"
    );
    assert_consistent(&database);
}

#[test]
fn names_that_are_not_utf8_are_read_as_windows_1252_and_counted() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = [
        b"037833||SOCI\xc9T\xc9 \x80".as_slice(),
        b"||||||||C|A||A|CA|2024-01-15",
    ]
    .concat();
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    load_document(&database, [&file]).0.assert_done();
    assert_eq!(
        database.query("select issuer_name_1 from issuer"),
        [["SOCI\u{c9}T\u{c9} \u{20ac}"]]
    );
    assert_eq!(
        database.query("select windows_1252_fields from load_file"),
        [["1"]]
    );
}

#[test]
fn file_without_trailer_loads_only_if_allowed() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    std::fs::write(&file, format!("{APPLE}\r\n")).unwrap();
    let file = file.to_str().unwrap();
    cusip_on(&database, ["load", file])
        .assert_fails(1, &["has no trailer", "cut off after 1 records"]);
    assert_eq!(master_rows(&database), [0, 0, 0]);
    cusip_on(&database, ["load", file, "--allow-missing-trailer"]).assert_done();
    assert_eq!(master_rows(&database), [1, 0, 0]);
    assert_consistent(&database);
}

#[test]
fn records_after_the_trailer_are_not_reported_as_truncation() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    for trailer in ["999999|1|2024-01-15", "999999"] {
        std::fs::write(&file, format!("{APPLE}\n{trailer}\n{APPLE}\n")).unwrap();
        let says = [
            "has records after its trailer on line 2",
            "--allow-missing-trailer",
        ];
        let (run, document) = load_document(&database, [&file]);
        run.assert_fails(1, &says);
        let warnings = document["results"][0]["warnings"].to_string();
        assert!(warnings.contains("records follow the trailer on line 2"));
        let run = cusip(["check", file.to_str().unwrap()]);
        assert_eq!(run.code, 1, "{run:?}");
        let says = "records follow the trailer on line 2";
        assert!(run.stdout.contains(says), "{run:?}");
    }
    let codes = database.query("select distinct error_code from load_job");
    assert_eq!(codes, [["no_trailer"]]);
    // With a trailer at the end, the file is complete.
    let text = format!("{APPLE}\n999999|1\n999999|2\n");
    std::fs::write(&file, text).unwrap();
    load_document(&database, [&file])
        .0
        .assert_fails(3, &["1 of 2 records"]);
}

#[test]
fn file_of_another_kind_is_suspected() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issues = write_file(folder.path(), day(), FileKind::Issue, &[APPLE_COMMON; 3]);
    let issues = issues.to_str().unwrap();
    let (run, document) = load_document(&database, [issues, "--type", "issuer"]);
    run.assert_fails(3, &["3 of 3 records were rejected"]);
    let asks = "have 17 fields, like issue files; check the file's kind";
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(warnings.contains(asks), "{warnings}");
    let run = cusip(["check", issues, "--type", "issue_attr"]);
    let asks = "have 17 fields, like issue files; check --type and the file name";
    assert!(run.stdout.contains(asks), "{run:?}");

    // If most records are of the right kind, the others are just bad records.
    let mixed = [APPLE, APPLE, APPLE_COMMON];
    let issuers = write_file(folder.path(), day(), FileKind::Issuer, &mixed);
    let (_, document) = load_document(&database, [&issuers]);
    assert_eq!(document["results"][0]["warnings"].to_string(), "[]");
}

#[test]
fn extra_separators_are_named_instead_of_another_kind() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = format!("{APPLE}|");
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[&issuer, &issuer]);
    let (run, document) = load_document(&database, [&file]);
    run.assert_fails(3, &["2 of 2 records were rejected"]);
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(
        warnings.contains("most of its lines end in an extra |"),
        "{warnings}"
    );
    assert!(!warnings.contains("kind"), "{warnings}");
}

#[test]
fn equal_rejects_are_counted_after_the_first_few() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let mut issuers = vec![APPLE.replace("2024-01-15", "soon"); 5_000];
    issuers.push("too|few".to_owned());
    let file = write_file(folder.path(), day(), FileKind::Issuer, &issuers);
    let run = cusip_on(&database, ["load", file.to_str().unwrap()]);
    run.assert_fails(3, &["5001 of 5001 records"]);
    let rejected: Vec<_> = (run.stdout.lines())
        .filter(|line| line.starts_with("rejected: "))
        .collect();
    assert_eq!(rejected.len(), 3 + 1 + 1, "{run:?}");
    assert_eq!(
        rejected[3..],
        [
            "rejected: issuer: 4,997 more with rule date, field issuer_update_date",
            "rejected: issuer line 5001: record has 2 fields instead of 16",
        ]
    );
    assert!(
        run.stdout.contains("`cusip jobs 1 --rejects FILE`"),
        "{run:?}"
    );
}

#[test]
fn padding_beyond_the_width_of_a_field_is_dropped_with_a_warning() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    // Fixed-width fields, all one character wider than they should be.
    let issuer = format!(
        "037833 |1 |{:31}|||||||{:31}|C |A |          |  |CA |2024-01-15  ",
        "APPLE INC", "APPLE"
    );
    let issues = [
        "037833 |10 |0 |COM||||||A ||||||A |",
        "999990 |10 |1 |ORPHAN||||||A ||||||A |",
    ];
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &[issuer]),
        write_file(folder.path(), day(), FileKind::Issue, &issues),
    ];
    let issuers = std::fs::read_to_string(&files[0]).unwrap();
    std::fs::write(&files[0], issuers.replace("999999|", "999999 |")).unwrap();
    let options = ["--max-rejects", "1", "--check-digits", "warn"].map(Into::into);
    let (run, document) = load_document(&database, files.iter().chain(&options));
    run.assert_done();
    let warnings = document["results"][0]["warnings"].to_string();
    let says =
        "times, first on line 1: issuer_num \\\"037833 \\\" has blanks beyond the width of 6";
    assert!(warnings.contains(says), "{warnings}");
    let row = "select issuer_name_1, issuer_sort_key, issuer_type, issuer_transaction is null,
        issuer_state_code from issuer where issuer_num = '037833'";
    let wide = |text: &str| format!("{text:<30}");
    let expected = [
        wide("APPLE INC"),
        wide("APPLE"),
        "C".into(),
        "t".into(),
        "CA".into(),
    ];
    assert_eq!(database.query(row), [expected]);
    // The line of an orphan is found in the file although its key is padded there.
    let kept = "select convert_from(raw_line, 'utf8'), rule from load_reject";
    assert_eq!(database.query(kept), [[issues[1], "orphan"]]);
    assert_consistent(&database);
}

#[test]
fn codes_of_blanks_are_null() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issuer = APPLE.replace("|C|A||A|", "| | || |");
    let file = write_file(folder.path(), day(), FileKind::Issuer, &[issuer]);
    let (run, document) = load_document(&database, [&file]);
    run.assert_done();
    assert_eq!(document["results"][0]["warnings"].to_string(), "[]");
    let nulls = "select issuer_type is null, issuer_status is null, issuer_transaction is null
        from issuer";
    assert_eq!(database.query(nulls), [["t", "t", "t"]]);
    let blank = "select count(*) from ref_issuer_status where trim(code) = ''";
    assert_eq!(database.query(blank), [["0"]]);
    assert_consistent(&database);
}

#[test]
fn byte_order_mark_is_skipped_and_offsets_stay_right() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15E.PIP");
    let orphan = "333333|10||ORPHAN||||||A||||||A|";
    std::fs::write(&file, format!("\u{feff}{orphan}\nbad\n999999|2\n")).unwrap();
    load_document(&database, [&file])
        .0
        .assert_fails(3, &["2 of 2 records"]);
    let kept = "select line_number, byte_offset, rule, convert_from(raw_line, 'utf8')
        from load_reject order by line_number";
    let second = (3 + orphan.len() + 1).to_string();
    assert_eq!(
        database.query(kept),
        [
            ["1", "3", "orphan", orphan],
            ["2", &second, "field_count", "bad"]
        ]
    );
}

#[test]
fn concatenated_files_are_suspected() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    std::fs::write(&file, format!("{APPLE}\n999999|1\n{APPLE}\n999999|1\n")).unwrap();
    let (run, document) = load_document(&database, [&file]);
    assert_ne!(run.code, 0, "{run:?}");
    let warnings = document["results"][0]["warnings"].to_string();
    assert!(
        warnings.contains("line 2 looks like a trailer"),
        "{warnings}"
    );
}

#[test]
fn wrong_check_digit_can_be_only_a_warning() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let issue = APPLE_COMMON.replace("|10|0|", "|10|9|");
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &[APPLE]),
        write_file(folder.path(), day(), FileKind::Issue, &[&issue]),
    ];
    load_document(&database, &files)
        .0
        .assert_fails(3, &["1 of 2 records were rejected"]);
    let arguments = [files.as_slice(), &["--check-digits".into(), "warn".into()]].concat();
    let (run, document) = load_document(&database, arguments);
    run.assert_done();
    assert!(
        document["results"][1]["warnings"]
            .to_string()
            .contains("the check digit of this issuer")
    );
    assert_eq!(master_rows(&database), [1, 1, 0]);
}
