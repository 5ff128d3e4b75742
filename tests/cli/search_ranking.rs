//! Which security of several that have the words of a query comes first.

use cusip_pif::FileKind;
use cusip_test_support::{TestDatabase, cusip_on, day, load_document, write_file};
use tempfile::tempdir;

/// Issuers with the ticker symbol of their common stock, if it has one. Each has a note, too.
const ISSUERS: [(&str, &str, &str); 13] = [
    ("100001", "FORD MTR CO DEL", "F"),
    ("100002", "V F CORP", "VFC"),
    ("100003", "F N B CORP PA", "FNB"),
    ("100004", "Q2 HLDGS INC", "QTWO"),
    ("100005", "GOLDMAN SACHS BDC INC", "GSBD"),
    ("100006", "GOLDMAN SACHS GROUP INC", "GS"),
    ("100007", "JPMORGAN CHASE & CO", "JPM"),
    ("100008", "JP MORGAN EXCHANGE TRADED FD", ""),
    ("100009", "MORGAN STANLEY", "MS"),
    ("100010", "KINDER MORGAN INC DEL", "KMI"),
    ("100011", "CHASE CORP", "CCF"),
    ("100012", "MAYS J W INC", "MAYS"),
    ("100013", "IBIO INC", ""),
];

fn loaded() -> TestDatabase {
    let database = TestDatabase::migrated();
    let folder = tempdir().expect("a folder can be made");
    let (mut issuers, mut issues, mut attributes) = (Vec::new(), Vec::new(), Vec::new());
    for (number, name, ticker) in ISSUERS {
        issuers.push(format!("{number}||{name}||||||||C|A||A|CA|2024-01-15"));
        issues.push(format!("{number}|10||COM||||||A||||||A|2024-01-15"));
        issues.push(format!(
            "{number}|AA||NOTE||||||A|2020-01-31|2030-01-31||4.8125|N|A|"
        ));
        let rest = "|".repeat(35);
        attributes.push(format!(
            "{number}|10|||||||4|USD|US||||{ticker}{rest}||12.5|M"
        ));
    }
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &issuers),
        write_file(folder.path(), day(), FileKind::Issue, &issues),
        write_file(folder.path(), day(), FileKind::IssueAttribute, &attributes),
    ];
    load_document(&database, &files).0.assert_done();
    database
}

/// The issuers of the hits, in their order, each once.
fn found(database: &TestDatabase, typed: &str) -> Vec<String> {
    let query = format!(
        "select issuer_name from search_hits('{typed}', 20) with ordinality
            as hit (issuer_num, issue_num, match_type, rank, reason, place)
         join v_issuer using (issuer_num)
         group by issuer_name order by min(place)"
    );
    database.query(&query).into_iter().flatten().collect()
}

#[test]
fn single_letter_finds_its_ticker_and_then_names_that_begin_with_it() {
    let database = loaded();
    let names = ["FORD MTR CO DEL", "F N B CORP PA", "V F CORP"];
    assert_eq!(found(&database, "f"), names);
    assert_eq!(found(&database, "q"), ["Q2 HLDGS INC"]);
    assert_eq!(found(&database, "ib"), ["IBIO INC"]);
    let run = cusip_on(&database, ["search", "q", "--explain", "--limit", "1"]);
    run.assert_done();
    assert!(run.stdout.contains("issuer words  q in issuer"), "{run:?}");
}

#[test]
fn nothing_is_similar_to_one_or_two_letters() {
    let database = loaded();
    for typed in ["x", "z", "xq", "zi", "x y", "xq w"] {
        let nothing: [&str; 0] = [];
        assert_eq!(found(&database, typed), nothing, "{typed}");
    }
}

#[test]
fn issuer_with_that_name_and_a_legal_form_comes_first() {
    let database = loaded();
    for (typed, names) in [
        (
            "goldman sachs",
            ["GOLDMAN SACHS GROUP INC", "GOLDMAN SACHS BDC INC"],
        ),
        (
            "Goldman Sachs Inc",
            ["GOLDMAN SACHS GROUP INC", "GOLDMAN SACHS BDC INC"],
        ),
        ("chase", ["CHASE CORP", "JPMORGAN CHASE & CO"]),
    ] {
        assert_eq!(found(&database, typed), names, "{typed}");
    }
}

#[test]
fn issuer_whose_name_begins_with_the_query_comes_first() {
    let database = loaded();
    let names = found(&database, "morgan");
    assert_eq!(names[..2], ["MORGAN STANLEY", "KINDER MORGAN INC DEL"]);
}

#[test]
fn initials_are_found_however_they_are_joined() {
    let database = loaded();
    for typed in [
        "j p morgan",
        "J.P. Morgan",
        "jp morgan",
        "jpmorgan",
        "J P Morgan Chase",
    ] {
        assert_eq!(found(&database, typed)[0], "JPMORGAN CHASE & CO", "{typed}");
    }
    assert_eq!(found(&database, "jw mays"), ["MAYS J W INC"]);
    assert_eq!(found(&database, "j w mays"), ["MAYS J W INC"]);
}
