//! Securities found by words.

use cusip_jobs::SearchHit;
use cusip_postgres::Database;
use cusip_test_support::TestDatabase;

use crate::day::{Day, attribute, issue, issuer};

/// Four issuers. `ORBIT` is everywhere in the first one, and somewhere in each of the others.
async fn filled() -> Database {
    let database = TestDatabase::migrated().pool();
    let named = |number, name, sort_key| {
        issuer(
            number,
            &[("issuer_name_1", name), ("issuer_sort_key", sort_key)],
        )
    };
    let described = |issuer_num, issue_num, description, additional| {
        let fields = [("issue_desc_1", description), ("issue_adl_1", additional)];
        issue(issuer_num, issue_num, &fields)
    };
    let with = |issuer_num, issue_num, ticker, underwriter| {
        let fields = [("ticker_symbol", ticker), ("underwriter", underwriter)];
        attribute(issuer_num, issue_num, &fields)
    };
    let day = Day {
        issuers: vec![
            named("000001", "ORBIT ROCKETS CORP", "ORBIT ROCKETS"),
            named("000002", "CITY OF SPRINGFIELD", "SPRINGFIELD CITY"),
            named("000003", "THIRD BANK", ""),
            named("000004", "FOURTH BANK ORBIT", ""),
        ],
        issues: vec![
            described("000001", "10", "ORBIT COMMON STOCK", ""),
            described("000001", "20", "SENIOR NOTES", "DUE 2031"),
            described("000002", "10", "WATER REVENUE BONDS", "ORBIT PROJECT"),
            described("000003", "10", "COMMON STOCK", ""),
            described("000003", "20", "DEPOSITARY SHARE", ""),
            described("000004", "10", "PREFERRED", ""),
        ],
        attributes: vec![
            with("000001", "10", "ORBIT", "ORBIT SECURITIES"),
            with("000003", "10", "ORBIT", "GOLDEN SECURITIES LLC"),
            with("000003", "20", "ON", ""),
        ],
    };
    day.load(&database).await;
    database
}

async fn find(words: &str) -> Vec<(String, String)> {
    let hits = filled().await.search(words, 100).await.unwrap();
    hits.into_iter()
        .map(|hit| (hit.cusip, hit.match_type))
        .collect()
}

fn hits(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|&(cusip, place)| (cusip.to_owned(), place.to_owned()))
        .collect()
}

#[tokio::test]
async fn issuer_is_found_by_its_name_with_all_its_securities() {
    let expected = [("00000110", "issuer"), ("00000120", "issuer")];
    assert_eq!(find("rockets Orbit").await, hits(&expected));
}

#[tokio::test]
async fn issue_is_found_by_description_and_additional_information_together() {
    assert_eq!(
        find("bonds orbit water").await,
        hits(&[("00000210", "issue")])
    );
}

#[tokio::test]
async fn attributes_are_found_by_ticker_and_underwriter_together() {
    assert_eq!(
        find("orbit golden").await,
        hits(&[("00000310", "attribute")])
    );
}

#[tokio::test]
async fn ticker_that_english_takes_for_a_stop_word_is_found() {
    assert_eq!(find("on").await, hits(&[("00000320", "attribute")]));
}

#[tokio::test]
async fn words_of_different_places_find_nothing() {
    assert_eq!(find("rockets notes").await, []);
    assert_eq!(find("third stock").await, []);
    assert_eq!(find("stock golden").await, []);
}

#[tokio::test]
async fn security_that_matches_in_several_places_is_one_row_of_the_first() {
    let mut found = find("orbit").await;
    found.sort_unstable();
    let expected = [
        ("00000110", "issuer"),
        ("00000120", "issuer"),
        ("00000210", "issue"),
        ("00000310", "attribute"),
        ("00000410", "issuer"),
    ];
    assert_eq!(found, hits(&expected));
}

#[tokio::test]
async fn best_come_first() {
    let database = filled().await;
    let found = database.search("orbit", 100).await.unwrap();
    assert_eq!(found[0].cusip, "00000110");
    assert!(found[0].rank > found[4].rank);
    assert!(found.is_sorted_by(|left, right| left.rank >= right.rank));

    let best: Vec<_> = database.search("orbit", 2).await.unwrap();
    let cusips =
        |hits: &[SearchHit]| -> Vec<_> { hits.iter().map(|hit| hit.cusip.clone()).collect() };
    assert_eq!(cusips(&best), cusips(&found[..2]));
}

#[tokio::test]
async fn hit_shows_what_the_search_looked_at() {
    let found = filled().await.search("golden", 10).await.unwrap();
    let [hit] = found.as_slice() else {
        panic!("one security has the word: {found:?}");
    };
    assert_eq!(hit.issuer_name.as_deref(), Some("THIRD BANK"));
    assert_eq!(hit.issue_description.as_deref(), Some("COMMON STOCK"));
    assert_eq!(hit.ticker_symbol.as_deref(), Some("ORBIT"));
    assert_eq!(hit.underwriter.as_deref(), Some("GOLDEN SECURITIES LLC"));
}

#[tokio::test]
async fn odd_queries_find_nothing_and_never_fail() {
    let database = filled().await;
    let long = "rockets ".repeat(50_000);
    let queries = [
        "",
        " \t\r\n",
        "\0",
        "the of and",
        "'",
        "''; drop table issuer; --",
        "\"",
        "\\",
        "\\'",
        "& | ! ( ) <-> :*",
        "%",
        "_",
        "$1",
        "\u{1f680}",
        "\u{feff}",
        "a\u{301}",
        &long,
    ];
    for query in queries {
        let found = database.search(query, 10).await.unwrap();
        assert!(found.is_empty(), "{query:?} found {found:?}");
    }
}

#[tokio::test]
async fn signs_around_words_do_not_hide_them() {
    let database = filled().await;
    for query in [
        "\0rockets\0orbit",
        "'rockets'",
        "\"rockets\"",
        "(rockets &",
        "rockets\\",
        "!rockets",
    ] {
        let found = database.search(query, 10).await.unwrap();
        assert_eq!(found.len(), 2, "{query:?}");
    }
}

#[tokio::test]
async fn function_takes_null_for_no_words() {
    let database = TestDatabase::migrated();
    assert!(
        database
            .query("select * from search_securities(null)")
            .is_empty()
    );
}
