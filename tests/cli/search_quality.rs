//! How well the search finds what people type: always on a synthetic day, and on a real list of
//! securities if it is beside the checkout.

use std::path::Path;

use cusip_test_support::{TestDatabase, cusip_on, day, write_synthetic_day};
use tempfile::tempdir;

const REAL_DAY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/sec13f-2018q2"
);

/// How many securities of a list are searched for, evenly spread.
const SAMPLE: usize = 120;

const COLUMNS: &str = "v.cusip, coalesce(v.issuer_name, ''), coalesce(v.issue_description, ''),
    coalesce(v.ticker_symbol, '')";

struct Listed {
    cusip: String,
    issuer: String,
    description: String,
    ticker: String,
}

/// What is typed for a security, how many hits are looked at, and what one of them must be. `None` if
/// the security cannot be searched for in this way.
type Question = fn(&Listed) -> Option<(String, u32, Expected)>;

enum Expected {
    Ticker,
    Issuer,
    Security,
}

#[test]
fn search_finds_securities_of_a_whole_day_as_people_type_them() {
    let synthetic = tempdir().unwrap();
    write_synthetic_day(synthetic.path(), day(), 400, 4);
    evaluate(synthetic.path(), "2024-01-15");
    if Path::new(REAL_DAY).is_dir() {
        let database = evaluate(Path::new(REAL_DAY), "2018-07-02");
        assert_finds_what_people_type(&database);
    }
}

fn evaluate(folder: &Path, date: &str) -> TestDatabase {
    let database = TestDatabase::migrated();
    let folder = folder.to_str().expect("the path is UTF-8");
    let load = ["load", "--file-dir", folder, "--date", date];
    cusip_on(&database, [&load[..], &["--max-age-days", "0"]].concat()).assert_done();
    database.execute("analyze");
    let listed = list(&database);
    let questions: [(&str, Question, f64); 6] = [
        ("ticker", ticker, 0.99),
        ("name", name, 0.99),
        ("name in other case and punctuation", other_spelling, 0.99),
        ("name with two letters swapped", swapped, 0.90),
        ("name with every word cut", cut, 0.95),
        ("issuer and class", class, 0.95),
    ];
    for (what, question, at_least) in questions {
        let asked = listed
            .iter()
            .filter_map(|listed| Some((listed, question(listed)?)));
        let (mut found, mut missed) = (0, Vec::new());
        for (listed, (typed, limit, expected)) in asked {
            if is_found(&search(&database, &typed, limit), listed, &expected) {
                found += 1;
            } else {
                missed.push(typed);
            }
        }
        let share = f64::from(found) / (f64::from(found) + missed.len() as f64);
        assert!(share >= at_least, "{date}, {what}: {share}, not {missed:?}");
    }
    database
}

fn list(database: &TestDatabase) -> Vec<Listed> {
    let every = format!(
        "select {COLUMNS} from (
            select *, row_number() over (order by cusip) as number, count(*) over () as count
            from v_security where issue_status = 'A' and issuer_name <> '' and issue_description <> ''
        ) as v where number % greatest(1, count / {SAMPLE}) = 0"
    );
    database.query(&every).into_iter().map(listed).collect()
}

fn search(database: &TestDatabase, typed: &str, limit: u32) -> Vec<Listed> {
    let found = format!(
        "select {COLUMNS} from search_hits($typed${typed}$typed$, {limit}) with ordinality
            as hit (issuer_num, issue_num, match_type, rank, reason, place)
         join v_security as v on v.issuer_num = hit.issuer_num and v.issue_num = hit.issue_num
         order by place"
    );
    database.query(&found).into_iter().map(listed).collect()
}

fn listed(row: Vec<String>) -> Listed {
    let [cusip, issuer, description, ticker] = row.try_into().expect("there are four columns");
    Listed {
        cusip,
        issuer,
        description,
        ticker,
    }
}

fn is_found(hits: &[Listed], wanted: &Listed, expected: &Expected) -> bool {
    hits.iter().any(|hit| match expected {
        Expected::Ticker => hit.ticker == wanted.ticker,
        Expected::Issuer => hit.issuer == wanted.issuer,
        Expected::Security => hit.issuer == wanted.issuer && hit.description == wanted.description,
    })
}

fn ticker(listed: &Listed) -> Option<(String, u32, Expected)> {
    let typed = listed.ticker.replace('/', ".").to_lowercase();
    (!typed.is_empty()).then_some((typed, 1, Expected::Ticker))
}

fn name(listed: &Listed) -> Option<(String, u32, Expected)> {
    Some((listed.issuer.clone(), 5, Expected::Issuer))
}

fn other_spelling(listed: &Listed) -> Option<(String, u32, Expected)> {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == ' ';
    let lower = listed.issuer.to_lowercase();
    let typed = lower.replace(|letter| !is_letter(letter), "-");
    Some((typed, 5, Expected::Issuer))
}

fn swapped(listed: &Listed) -> Option<(String, u32, Expected)> {
    let longest = listed.issuer.split(' ').max_by_key(|word| word.len())?;
    let mut letters: Vec<_> = longest.chars().collect();
    let middle = letters.len() / 2;
    if letters.len() < 4 || letters[middle] == letters[middle - 1] {
        return None;
    }
    letters.swap(middle, middle - 1);
    let word: String = letters.into_iter().collect();
    let typed = listed.issuer.replacen(longest, &word, 1);
    Some((typed, 10, Expected::Issuer))
}

fn cut(listed: &Listed) -> Option<(String, u32, Expected)> {
    let words = listed.issuer.split(' ');
    let cut = words.map(|word| word.chars().take(5).collect::<String>());
    let typed = cut.collect::<Vec<_>>().join(" ");
    Some((typed, 10, Expected::Issuer))
}

fn class(listed: &Listed) -> Option<(String, u32, Expected)> {
    let typed = format!("{} {}", listed.issuer, listed.description);
    Some((typed, 3, Expected::Security))
}

/// Queries as people type them, each with the ticker or else the CUSIP that has to come first.
const TYPED: [(&str, &str); 112] = [
    ("at&t", "T"),
    ("ATT", "T"),
    ("T-Mobile", "TMUS"),
    ("tmobile", "TMUS"),
    ("McDonald's", "MCD"),
    ("mcdnoalds", "MCD"),
    ("brk.b", "BRK/B"),
    ("BRK B", "BRK/B"),
    ("berkshire class b", "BRK/B"),
    ("hathaway cl a", "BRK/A"),
    ("jp morgan chase", "JPM"),
    ("J.P. Morgan Chase", "JPM"),
    ("johnson and johnson", "JNJ"),
    ("coca-cola company", "KO"),
    ("the coca cola co", "KO"),
    ("procter gamble", "PG"),
    ("exxonmobil", "XOM"),
    ("bank of america", "BAC"),
    ("morgan stanley", "MS"),
    ("general electric", "369604103"),
    ("ford motor", "F"),
    ("f", "F"),
    ("now", "NOW"),
    ("apple", "AAPL"),
    ("alphabet class c", "GOOG"),
    ("amazon", "AMZN"),
    ("walt disney", "DIS"),
    ("3m", "MMM"),
    ("international business machines", "IBM"),
    ("us steel", "X"),
    ("united health", "UNH"),
    ("spdr s&p 500", "SPY"),
    ("ishares russell 2000", "IWM"),
    ("vanguard total stock market", "VTI"),
    ("alibaba", "BABA"),
    ("nike cl b", "NKE"),
    ("lennar b", "LEN/B"),
    ("3d systems", "DDD"),
    ("bed bath and beyond", "075896100"),
    ("bp adr", "BP"),
    ("netflx", "NFLX"),
    ("starbuks", "SBUX"),
    ("berkshire hathway", "BRK/A"),
    ("37833100", "AAPL"),
    ("AAPL.O", "AAPL"),
    ("NASDAQ: AAPL", "AAPL"),
    ("AAPL US Equity", "AAPL"),
    ("CUSIP 037833100", "AAPL"),
    ("ISIN US0378331005", "AAPL"),
    ("apple 037833100", "AAPL"),
    ("037833 10 0", "AAPL"),
    ("apple inc. common stock", "AAPL"),
    ("berkshire hathaway inc. class b", "BRK/B"),
    ("alphabet c", "GOOG"),
    ("facebook class a", "META"),
    ("disney walt", "DIS"),
    ("estée lauder", "EL"),
    ("mc donalds", "MCD"),
    ("cocacola", "KO"),
    ("proctor & gamble", "PG"),
    ("jp morgan", "JPM"),
    ("goldman sachs group inc common", "GS"),
    ("wells fargo", "WFC"),
    ("bank of america corporation", "BAC"),
    ("u.s. bancorp", "USB"),
    ("amazon.com", "AMZN"),
    ("micro soft", "MSFT"),
    ("micrsooft", "MSFT"),
    ("nvida", "NVDA"),
    ("tesla motors", "TSLA"),
    ("starbucks coffee", "SBUX"),
    ("int'l business machines", "IBM"),
    ("a t & t", "T"),
    ("home depot inc the", "HD"),
    ("wal-mart", "WMT"),
    ("spdr s&p 500 etf trust", "SPY"),
    ("sp500 spdr", "SPY"),
    ("ishares core s&p 500", "IVV"),
    ("ishares core sp 500", "IVV"),
    ("vanguard s&p 500 etf", "VOO"),
    ("vanguard total stock market etf", "VTI"),
    ("vanguard real estate", "VNQ"),
    ("real estate select sector spdr", "XLRE"),
    ("proshares ultrapro qqq", "TQQQ"),
    ("brown-forman class b", "BF/B"),
    ("liberty global class c", "G5480U120"),
    ("alibaba group holding ltd sponsored ads", "BABA"),
    ("toyota motor adr", "TM"),
    ("astra zeneca", "AZN"),
    ("deutche bank", "DB"),
    ("hathaway berkshire", "BRK/A"),
    ("t. rowe price group", "TROW"),
    ("moody's", "MCO"),
    ("a.o. smith corp", "AOS"),
    ("h & r block", "HRB"),
    ("stanley black and decker inc", "SWK"),
    ("international flavors and fragrances", "IFF"),
    ("northrup grumman", "NOC"),
    ("jetblue airways", "JBLU"),
    ("bristol-myers squibb", "BMY"),
    ("schwab", "SCHW"),
    ("t", "T"),
    ("c", "C"),
    ("3", "DDD"),
    ("q", "41135V301"),
    ("goldman sachs", "GS"),
    ("goldman", "GS"),
    ("j p morgan", "JPM"),
    ("morgan", "MS"),
    ("chase", "16150R104"),
    ("barclays", "BCS"),
    ("credit suisse", "225401108"),
];

fn assert_finds_what_people_type(database: &TestDatabase) {
    let missed: Vec<_> = (TYPED.iter())
        .filter(|(typed, expected)| {
            let hits = search(database, typed, 1);
            let is_expected = |hit: &Listed| hit.cusip == *expected || hit.ticker == *expected;
            !hits.iter().any(is_expected)
        })
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}
