//! Searching, the page of a security with its history, and the changes of a day.

use std::fs;

use cusip_pif::{Date, FileKind};
use cusip_test_support::{DayFolder, TestDatabase, write_file};
use tempfile::tempdir;

use crate::browser::Browser;
use crate::signed_in::SignedIn;

/// What an issuer's name must not do to a page.
const HOSTILE: &str = "<SCRIPT>ALERT(1)</SCRIPT>";

/// Loads three days, on which an issuer and its issue change, and returns the CUSIP of the issue.
fn three_days(database: &TestDatabase) -> (SignedIn, String) {
    let day = DayFolder::write(3, 4);
    let records = |kind| {
        let content = fs::read(day.path(kind)).unwrap();
        let lines = content.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| line.contains(&b'|') && !line.starts_with(b"999999"));
        let records: Vec<_> = lines
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
            .collect();
        records
    };
    let folder = tempdir().unwrap();
    let console = SignedIn::start_in(Browser::open(), database, folder.path());
    let set = |kind: FileKind, record: &mut Vec<u8>, name: &str, value: &str| {
        let fields = kind.layout().fields;
        let field = fields.iter().find(|field| field.name == name).unwrap();
        let range = field.range_in(record).unwrap();
        record.splice(range, value.bytes());
    };
    for (number, rate) in [(15, "4.25"), (16, "4.5"), (17, "4.75")] {
        let date = Date::new(2024, 1, number).unwrap();
        let (mut issuers, mut issues) = (records(FileKind::Issuer), records(FileKind::Issue));
        if number > 15 {
            set(FileKind::Issuer, &mut issuers[0], "issuer_name_1", HOSTILE);
        }
        set(FileKind::Issue, &mut issues[0], "rate", rate);
        write_file(folder.path(), date, FileKind::Issuer, &issuers);
        write_file(folder.path(), date, FileKind::Issue, &issues);
        let attributes = records(FileKind::IssueAttribute);
        write_file(folder.path(), date, FileKind::IssueAttribute, &attributes);
        let body = format!("{{\"date\": \"{date}\", \"max_age_days\": 0}}");
        let load = console.server.request("POST", "/jobs/load-all").json(&body);
        load.send().assert_status(200);
    }
    let issues = records(FileKind::Issue);
    let key: Vec<_> = issues[0].split(|byte| *byte == b'|').take(3).collect();
    (console, String::from_utf8(key.concat()).unwrap())
}

#[test]
fn security_is_found_and_followed_through_three_versions() {
    let database = TestDatabase::migrated();
    let (console, cusip) = three_days(&database);
    let browser = &console.browser;
    console.go("/console/search");
    browser.audit("search-empty");
    browser.enter("#q", &cusip);
    browser.click(".search button");
    browser.await_path(&format!("/console/securities/{cusip}"));
    assert!(browser.text("h1").contains(HOSTILE), "{}", browser.page());
    let history = browser.text(".timeline");
    for text in [
        "4.5 → 4.75",
        "4.25 → 4.5",
        "Issue inserted by job 1",
        "Issuer changed by job 2",
    ] {
        assert!(history.contains(text), "{text} in {history}");
    }
    assert!(browser.text(".records").contains("4.75"));
    assert_eq!(browser.count(".hits tbody tr"), 3);
    browser.audit("security");
    console.go(&format!("/console/securities/{cusip}?as_of=2024-01-15"));
    assert!(browser.page().contains("This is the state after job 1"));
    assert!(browser.text(".records").contains("4.25"));
    assert!(!browser.text("h1").contains(HOSTILE));
    browser.audit("security-as-of");
}

#[test]
fn search_finds_words_and_says_if_nothing_matches() {
    let database = TestDatabase::migrated();
    let (console, cusip) = three_days(&database);
    let browser = &console.browser;
    console.go(&format!("/console/search?q={}", &cusip[..6]));
    assert_eq!(browser.count(".hits tbody tr"), 4);
    assert!(browser.text(".hits").contains(HOSTILE));
    browser.audit("search");
    console.go("/console/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E%1Fzzzz");
    browser.await_text("Nothing has all of these words");
    assert!(browser.text(".hits").contains(HOSTILE));
    console.go("/console/search?q=%3Cqqq%3E%1Fxqxqxq");
    browser.await_text("Nothing matches “<qqq>");
    browser.assert_no_complaints();
}

#[test]
fn changes_of_a_day_show_old_and_new_values() {
    let database = TestDatabase::migrated();
    let (console, cusip) = three_days(&database);
    let browser = &console.browser;
    console.go("/console/changes");
    assert!(
        browser.text("h1").contains("January 17, 2024"),
        "{}",
        browser.page()
    );
    assert!(
        browser.text(".changes").contains("4.5 → 4.75"),
        "{}",
        browser.page()
    );
    console.go("/console/changes?date=2024-01-16");
    let changes = browser.text(".changes");
    for text in ["4.25 → 4.5", HOSTILE, "changed by job 2"] {
        assert!(changes.contains(text), "{text} in {changes}");
    }
    browser.audit("changes");
    console.go("/console/changes?date=2023-12-01");
    browser.await_text("2024-01-15");
    browser.click("nav a[href='/console/search']");
    browser.enter("#q", &cusip);
    console.go("/console/securities/123");
    assert!(browser.page().contains("\"123\""), "{}", browser.page());
    console.go("/console/securities/037833100");
    assert!(
        browser.page().contains("does not exist"),
        "{}",
        browser.page()
    );
}
