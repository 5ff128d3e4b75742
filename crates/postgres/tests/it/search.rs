//! Securities found by what people type.

use cusip_pif::Cusip;
use cusip_postgres::Database;
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, issue, issuer};

/// Issuers and issues as the vendor writes them. Keys are fictitious, and so are some of the names.
async fn fill(database: &Database) {
    let named = |number, name| issuer(number, &[("issuer_name_1", name), ("issuer_status", "A")]);
    let described = |issuer_num, issue_num, check, description| {
        let fields = [
            ("issue_check", check),
            ("issue_desc_1", description),
            ("issue_status", "A"),
        ];
        issue(issuer_num, issue_num, &fields)
    };
    let dated = |issuer_num, issue_num, description, status| {
        let fields = [
            ("issue_desc_1", description),
            ("issue_status", status),
            ("rate", "4"),
            ("maturity_date", "2031-01-15"),
        ];
        issue(issuer_num, issue_num, &fields)
    };
    let traded = |issuer_num, issue_num, ticker, underwriter| {
        let fields = [("ticker_symbol", ticker), ("underwriter", underwriter)];
        attribute(issuer_num, issue_num, &fields)
    };
    let day = Day {
        issuers: vec![
            named("00206R", "AT&T INC"),
            named("037833", "APPLE INC"),
            named("037900", "APPLE HOSPITALITY REIT INC"),
            named("084670", "BERKSHIRE HATHAWAY INC DEL"),
            named("34537F", "FORD MTR CO DEL"),
            named("46625H", "JPMORGAN CHASE & CO"),
            named("580135", "MCDONALDS CORP"),
            named("67011P", "NOW INC"),
            named("70000A", "TRENTON N J WTR & SWR AUTH REV"),
            named("70000B", "SALEM GENERAL HOSP"),
            named("70000C", "QU\u{c9}BEC PROVINCE CDA"),
            named("70000D", "SPDR S&P 500 ETF TR"),
            named("81762P", "SERVICENOW INC"),
            named("87259A", "T MOBILE US INC"),
        ],
        issues: vec![
            described("00206R", "10", "2", "COM"),
            dated("037833", "AA", "NT 4.000% 2021", "D"),
            dated("037833", "AB", "NT 4.000% 2031", "A"),
            described("037833", "10", "0", "COM"),
            described("037900", "10", "", "COM NEW"),
            described("084670", "10", "8", "CL A"),
            described("084670", "70", "2", "CL B NEW"),
            described("34537F", "10", "", "COM PAR $0.01"),
            described("46625H", "10", "0", "COM"),
            described("580135", "10", "1", "COM"),
            described("67011P", "10", "0", "COM"),
            dated("70000A", "AA", "GO REF BDS SER 2011", "A"),
            dated("70000B", "AA", "OBLIGATION BDS", "A"),
            dated("70000C", "AA", "DEB 4.000% 2031", "A"),
            described("70000D", "10", "", "TR UNIT"),
            described("81762P", "10", "2", "COM"),
            described("87259A", "10", "", "COM"),
        ],
        attributes: vec![
            traded("00206R", "10", "T", ""),
            traded("037833", "10", "AAPL", ""),
            traded("084670", "10", "BRK/A", ""),
            traded("084670", "70", "BRK/B", ""),
            traded("34537F", "10", "F", ""),
            traded("46625H", "10", "JPM", ""),
            traded("70000A", "AA", "", "GOLDEN SECURITIES LLC"),
            traded("81762P", "10", "NOW", ""),
        ],
    };
    day.load(database).await;
}

async fn filled() -> Database {
    let database = TestDatabase::migrated().pool();
    fill(&database).await;
    database
}

/// Expects each query to find this security first, for this reason.
async fn assert_first(expected: &[(&str, &str, &str)]) {
    let database = filled().await;
    for (query, cusip, reason) in expected {
        let hits = database.search(query, 100).await.unwrap();
        let first = hits.first().map(|hit| (&*hit.cusip, &*hit.reason));
        assert_eq!(first, Some((*cusip, *reason)), "{query:?} found {hits:#?}");
    }
}

async fn cusips(database: &Database, query: &str) -> Vec<String> {
    let hits = database.search(query, 100).await.unwrap();
    hits.into_iter().map(|hit| hit.cusip).collect()
}

#[tokio::test]
async fn identifier_finds_its_security_in_every_form() {
    assert_first(&[
        ("037833100", "037833100", "identifier"),
        ("037833-10-0", "037833100", "identifier"),
        (" 037833 10 ", "037833100", "identifier"),
        ("US0378331005", "037833100", "identifier"),
        ("00206r102", "00206R102", "identifier"),
        ("37833100", "037833100", "leading zeros added"),
        ("206R102", "00206R102", "leading zeros added"),
        ("037833", "037833100", "issuer number"),
        ("3783310", "037833100", "leading zeros added"),
        ("CUSIP: 037833 10 0", "037833100", "identifier"),
        ("ISIN US0378331005", "037833100", "identifier"),
        ("Apple (037833100)", "037833100", "identifier"),
        ("37833", "037833100", "leading zeros added"),
        ("\"037833100\"", "037833100", "identifier"),
        ("=\"037833100\"", "037833100", "identifier"),
        ("'037833100", "037833100", "identifier"),
        ("#037833100", "037833100", "identifier"),
        ("037833100.", "037833100", "identifier"),
        ("Apple, '037833100'", "037833100", "identifier"),
        ("03783", "037833100", "beginning of a CUSIP"),
        ("00206R1", "00206R102", "beginning of a CUSIP"),
        ("0378331", "037833100", "beginning of a CUSIP"),
    ])
    .await;
    let database = filled().await;
    for wrong in ["037833101", "US0378331006", "GB0378331000", "17833100"] {
        assert_eq!(cusips(&database, wrong).await, [""; 0], "{wrong}");
    }
    assert_eq!(cusips(&database, "037833").await.len(), 3);
}

#[tokio::test]
async fn exact_ticker_comes_first_however_its_separator_is_written() {
    assert_first(&[
        ("NOW", "81762P102", "ticker"),
        ("f", "34537F10", "ticker"),
        ("T", "00206R102", "ticker"),
        ("BRK/B", "084670702", "ticker"),
        ("brk.b", "084670702", "ticker"),
        ("BRK-B", "084670702", "ticker"),
        ("brk b", "084670702", "ticker"),
        ("BRKB", "084670702", "ticker"),
        ("brk&b", "084670702", "ticker"),
        ("$aapl", "037833100", "ticker"),
        ("NASDAQ: AAPL", "037833100", "ticker"),
        ("AAPL.O", "037833100", "ticker"),
        ("AAPL US Equity", "037833100", "ticker"),
        ("\"AAPL\"", "037833100", "ticker"),
        ("now!", "81762P102", "ticker"),
    ])
    .await;
}

#[tokio::test]
async fn issuer_is_found_by_its_name_in_every_spelling() {
    let name = "issuer name";
    let words = "issuer words";
    assert_first(&[
        ("AT&T INC", "00206R102", name),
        ("at&t", "00206R102", words),
        ("AT & T", "00206R102", words),
        ("ATT", "00206R102", words),
        ("NOW INC", "67011P100", name),
        ("T-Mobile", "87259A10", words),
        ("t mobile us", "87259A10", words),
        ("TMobile", "87259A10", words),
        ("McDonald's", "580135101", words),
        ("McDonald\u{2019}s", "580135101", words),
        ("T\u{2013}Mobile", "87259A10", words),
        (
            "\u{ff21}\u{ff30}\u{ff30}\u{ff2c}\u{ff25}",
            "037833100",
            words,
        ),
        ("\u{c1}pple\u{200b}", "037833100", words),
        ("JP Morgan", "46625H100", words),
        ("J.P. Morgan Chase", "46625H100", words),
        ("jpmorgan chase and co", "46625H100", words),
        ("ford motor company", "34537F10", words),
        ("berks hatha", "084670108", words),
        ("the apple inc", "037833100", "similar issuer name"),
    ])
    .await;
}

#[tokio::test]
async fn abbreviation_and_long_form_find_each_other() {
    let words = "issuer words";
    assert_first(&[
        ("trenton water sewer authority", "70000AAA", words),
        ("trenton new jersey", "70000AAA", words),
        ("trenton nj revenue", "70000AAA", words),
        ("trenton waters", "70000AAA", words),
        ("general obligation refunding bonds", "70000AAA", "words"),
        ("apple real estate investment trust", "03790010", words),
    ])
    .await;
}

#[tokio::test]
async fn words_may_be_spread_over_issuer_issue_and_attributes() {
    assert_first(&[
        ("hathaway cl b", "084670702", "words"),
        ("class b berkshire", "084670702", "words"),
        ("BERKSHIRE HATHAWAY INC DEL CL B NEW", "084670702", "words"),
        ("apple 2031", "037833AB", "words"),
        ("trenton golden", "70000AAA", "words"),
        ("golden", "70000AAA", "words"),
        ("salem general obligation", "70000BAA", "words"),
        ("hathaway golden", "70000AAA", "some words"),
        // JPM alone would be too little of the query.
        ("jpm hathaway", "084670108", "some words"),
    ])
    .await;
}

#[tokio::test]
async fn misspelled_issuer_name_is_found_if_nothing_else_is() {
    let similar = "similar issuer name";
    assert_first(&[
        ("Berkshrie Hathaway", "084670108", similar),
        ("jpmorgn chase", "46625H100", similar),
        ("mcdnoalds corp", "580135101", similar),
        ("berkshrie hathaway cl b", "084670702", similar),
    ])
    .await;
}

#[tokio::test]
async fn words_that_no_security_has_together_are_left_out_if_nothing_else_is_found() {
    assert_first(&[("trenton authority of new jersey", "70000AAA", "some words")]).await;
}

#[tokio::test]
async fn spaces_and_accents_do_not_matter_in_names_or_queries() {
    let words = "issuer words";
    assert_first(&[
        ("quebec", "70000CAA", words),
        ("Qu\u{e9}bec", "70000CAA", words),
        ("s&p 500", "70000D10", words),
        ("sp 500", "70000D10", words),
        ("sp500", "70000D10", words),
        ("S&P500", "70000D10", words),
    ])
    .await;
}

#[tokio::test]
async fn best_come_first() {
    let database = filled().await;
    let apple = ["037833100", "03790010", "037833AB", "037833AA"];
    assert_eq!(cusips(&database, "apple").await, apple);
    assert_eq!(cusips(&database, "now").await, ["81762P102", "67011P100"]);
    let hits = database.search("apple", 100).await.unwrap();
    assert!(hits.is_sorted_by(|left, right| left.rank >= right.rank));
    let best = database.search("apple", 2).await.unwrap();
    assert_eq!(best, hits[..2]);
    assert_eq!(database.search("apple", u32::MAX).await.unwrap(), hits);
}

#[tokio::test]
async fn hit_shows_what_the_search_looked_at_and_where_each_word_is() {
    let hits = filled().await.search("trenton wtr golden go", 10).await;
    let hits = hits.unwrap();
    let [hit] = hits.as_slice() else {
        panic!("one security has the words: {hits:?}");
    };
    assert_eq!(
        hit.issuer_name.as_deref(),
        Some("TRENTON N J WTR & SWR AUTH REV")
    );
    assert_eq!(
        hit.issue_description.as_deref(),
        Some("GO REF BDS SER 2011")
    );
    assert_eq!(hit.underwriter.as_deref(), Some("GOLDEN SECURITIES LLC"));
    assert_eq!(hit.match_type, "issuer");
    let expected = [
        "trenton in issuer",
        "wtr in issuer",
        "golden in attribute",
        "go in issue",
    ];
    assert_eq!(hit.found_in, expected);
}

#[tokio::test]
async fn odd_queries_find_nothing_and_never_fail() {
    let database = filled().await;
    let (long, many) = ("apple ".repeat(50_000), "a ".repeat(499));
    let queries = [
        "",
        " \t\r\n",
        "\0",
        "'",
        "\"",
        "\\",
        "& | ! ( ) <-> :*",
        "%",
        "_",
        "$1",
        "-",
        "*",
        "\u{1f680}",
        "\u{feff}",
        "zz'; drop table issuer; --",
        "zz\u{301}",
        "%s %I %L %1$s",
        &long,
        &many,
    ];
    for query in queries {
        let found = database.search(query, 10).await;
        assert_eq!(found.unwrap(), [], "{query:?}");
    }
}

#[tokio::test]
async fn marks_around_words_do_not_hide_them() {
    let database = filled().await;
    let queries = [
        "\0berkshire\0hathaway",
        "'berkshire'",
        "\"berkshire\"",
        "(berkshire &",
        "berkshire\\",
        "!berkshire",
        "%berkshire%",
    ];
    for query in queries {
        assert_eq!(cusips(&database, query).await.len(), 2, "{query:?}");
    }
}

#[tokio::test]
async fn search_works_without_the_extension_for_trigrams() {
    let database = TestDatabase::migrated();
    let pool = database.pool();
    fill(&pool).await;
    assert!(pool.finds_misspelled_names().await.unwrap());
    database.execute("drop extension pg_trgm cascade");
    assert!(!pool.finds_misspelled_names().await.unwrap());
    assert_eq!(cusips(&pool, "jpmorgan chase").await, ["46625H100"]);
    assert_eq!(cusips(&pool, "mcdnoalds corp").await, [""; 0]);
}

#[tokio::test]
async fn search_works_whatever_the_search_path_and_the_name_of_the_schema() {
    let database = TestDatabase::migrated();
    fill(&database.pool()).await;
    database.execute("alter schema public rename to securities");
    let find = |words| {
        database.query(&format!(
            "select cusip from securities.search_securities('{words}')"
        ))
    };
    for words in [
        "037833100",
        "brk b",
        "berkshire hathaway cl b",
        "mcdnoalds corp",
    ] {
        assert_eq!(find(words).len(), 1, "{words}");
    }
}

#[tokio::test]
async fn isins_contain_a_cusip_where_the_parser_says_so() {
    let database = TestDatabase::migrated();
    let letters = || ('A'..='Z').map(String::from);
    let countries: Vec<_> = letters()
        .flat_map(|first| letters().map(move |second| format!("{first}{second}")))
        .collect();
    let mut with_cusip = 0;
    for number in ["037833100", "G98239109"] {
        let cusip: Cusip = number.parse().unwrap();
        let query = format!(
            "select country from unnest('{{{}}}'::text[]) as country
             where exists (select from generate_series(0, 9) as digit
                where isin_cusip(country || '{number}' || digit) = '{number}')",
            countries.join(",")
        );
        let found = database.query(&query).concat();
        let expected: Vec<_> = countries
            .iter()
            .filter(|code| cusip.to_isin(code).is_some())
            .collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{number}");
        with_cusip += found.len();
    }
    assert!(with_cusip > 60, "{with_cusip}");
}

#[test]
fn function_takes_null_for_no_words() {
    let database = TestDatabase::migrated();
    let found = database.query("select * from search_securities(null)");
    assert!(found.is_empty());
}

#[test]
fn abbreviations_are_words_as_the_search_compares_them() {
    let database = TestDatabase::migrated();
    let odd = "select abbreviation, meaning from search_abbreviation
        where normalized_words(abbreviation) <> abbreviation or normalized_words(meaning) <> meaning
            or abbreviation = meaning";
    assert_eq!(database.query(odd).concat(), [""; 0]);
    let pairs = database.query("select abbreviation from search_abbreviation");
    assert!(pairs.len() >= 150, "{}", pairs.len());
}
