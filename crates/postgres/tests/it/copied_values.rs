//! Values that COPY's formats could mistake for something else, or that differ between the formats.

use cusip_pif::Decimal;
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, begin, issue, issuer, merge};

/// Returns two databases with the same day. The first one was loaded through staging, as text, and
/// the second one was bulk-loaded, in the binary format.
async fn loaded(day: &Day) -> [TestDatabase; 2] {
    let [staged, filled] = [TestDatabase::migrated(), TestDatabase::migrated()];
    day.load(&staged.pool()).await;
    day.bulk_load(&filled.pool()).await;
    [staged, filled]
}

#[tokio::test]
async fn text_arrives_byte_for_byte() {
    let texts = [
        "back\\slash",
        "\\",
        "\\\\",
        "\\.",
        "\\N",
        "\\n\\t\\r",
        "\\x41\\101",
        "tab\there",
        "\t",
        "carriage\rreturn\r",
        "line\nfeed",
        "form\u{c}feed",
        "vertical\u{b}tab",
        "\u{8}\u{1}\u{1a}\u{1b}\u{7f}",
        "\"quoted\", 'too'",
        "NULL",
        "null",
        " blanks ",
        "   ",
        "\u{85}\u{2028}\u{a0}\u{feff}",
        "Soci\u{e9}t\u{e9} \u{20ac} \u{65e5}\u{672c} \u{1f680}",
        "e\u{301}",
        "$1 %s {} ;--",
    ];
    let with_text = |(number, text): (u32, &&str)| {
        let mut issuer = issuer(&format!("{number:06}"), &[]);
        issuer.issuer_name_1 = Some((*text).to_owned());
        issuer.issuer_sort_key = Some((*text).to_owned());
        issuer
    };
    let day = Day {
        issuers: (0..).zip(&texts).map(with_text).collect(),
        ..Day::default()
    };
    for database in loaded(&day).await {
        for column in ["issuer_name_1", "issuer_sort_key"] {
            let found = database.query(&format!("select {column} from issuer order by issuer_num"));
            assert_eq!(found.concat(), texts, "{column}");
        }
        let load = begin(&database.pool()).await;
        let merged = merge(&load, &day.issuers).await;
        assert_eq!(merged.unchanged, texts.len() as u64);
    }
}

#[tokio::test]
async fn empty_text_is_not_null() {
    let mut empty = issuer("000001", &[]);
    empty.issuer_name_1 = Some(String::new());
    let day = Day {
        issuers: vec![empty, issuer("000002", &[])],
        ..Day::default()
    };
    for database in loaded(&day).await {
        let found = database.query(
            "select issuer_name_1 is null, issuer_name_1 = '', issuer_del_date is null
             from issuer order by issuer_num",
        );
        assert_eq!(found, [["f", "t", "t"], ["t", "", "t"]]);
    }
}

#[tokio::test]
async fn numbers_keep_every_digit() {
    let securities = [
        ("10", "4.8125", "0.001"),
        ("11", "0.000001", "123456789.125"),
        ("12", "-0.5", "1.500"),
        ("13", "4.500", "20"),
        ("14", "999.999999", "-7"),
    ];
    let day = Day {
        issuers: vec![issuer("000001", &[])],
        issues: securities
            .map(|(number, rate, _)| issue("000001", number, &[("rate", rate)]))
            .to_vec(),
        attributes: securities
            .map(|(number, _, amount)| attribute("000001", number, &[("offering_amount", amount)]))
            .to_vec(),
    };
    for database in loaded(&day).await {
        let found = database.query(
            "select issue_num, rate, offering_amount
             from issue join issue_attribute using (issuer_num, issue_num) order by issue_num",
        );
        let expected = securities.map(|(number, rate, amount)| [number, rate, amount]);
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn numbers_of_any_length_are_what_they_were() {
    let coefficients = [
        0,
        1,
        -1,
        9_999,
        10_000,
        -10_001,
        100_000_000,
        123_456_789,
        i128::from(u64::MAX),
        i128::from(u64::MAX) + 1,
        10_i128.pow(37),
        1 - 10_i128.pow(38),
    ];
    let numbers: Vec<_> = coefficients
        .into_iter()
        .flat_map(|coefficient| (0..=38).filter_map(move |scale| Decimal::new(coefficient, scale)))
        .collect();
    let with_rate = |(line, rate): (usize, &Decimal)| {
        let mut issue = issue(&format!("{line:06}"), "10", &[]);
        issue.rate = Some(*rate);
        issue
    };
    let day = Day {
        issuers: (0..numbers.len())
            .map(|line| issuer(&format!("{line:06}"), &[]))
            .collect(),
        issues: (0..).zip(&numbers).map(with_rate).collect(),
        ..Day::default()
    };
    for database in loaded(&day).await {
        let found = database.query("select rate, scale(rate) from issue order by issuer_num");
        let expected: Vec<_> = (numbers.iter())
            .map(|number| vec![number.to_string(), number.scale().to_string()])
            .collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn dates_and_whole_numbers_are_what_they_were() {
    let securities = [
        ("10", "0001-01-01", "-2147483648"),
        ("11", "1999-12-31", "-1"),
        ("12", "2000-01-01", "0"),
        ("13", "2000-02-29", "1"),
        ("14", "9999-12-31", "2147483647"),
    ];
    let day = Day {
        issuers: vec![issuer("000001", &[])],
        issues: securities
            .map(|(number, date, whole)| {
                let fields = [("dated_date", date), ("partial_maturity", whole)];
                issue("000001", number, &fields)
            })
            .to_vec(),
        ..Day::default()
    };
    for database in loaded(&day).await {
        let found = database
            .query("select issue_num, dated_date, partial_maturity from issue order by issue_num");
        assert_eq!(
            found,
            securities.map(|(number, date, whole)| [number, date, whole])
        );
    }
}

#[tokio::test]
async fn rows_that_fill_many_buffers_all_arrive() {
    let database = TestDatabase::migrated();
    let issuers: Vec<_> = (0..10_000)
        .map(|number| {
            let name = format!("{number:?<30}");
            issuer(
                &format!("{number:06}"),
                &[
                    ("issuer_name_1", &name),
                    ("issuer_name_2", &name),
                    ("issuer_adl_1", &name),
                ],
            )
        })
        .collect();
    let load = begin(&database.pool()).await;
    let merged = merge(&load, &issuers).await;
    assert_eq!(merged.inserted, 10_000);
    load.commit(&[]).await.unwrap();
    let found = database.query(
        "select count(*), count(distinct issuer_name_1),
            count(*) filter (where issuer_name_1 = issuer_adl_1 and rtrim(issuer_name_2, '?')::int
                = issuer_num::int)
         from issuer",
    );
    assert_eq!(found, [["10000", "10000", "10000"]]);
}
