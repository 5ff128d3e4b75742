//! The pages of jobs and their rejects.

use cusip_pif::FileKind;
use cusip_test_support::{DayFolder, TestDatabase};

use crate::browser::Browser;
use crate::signed_in::SignedIn;

/// Loads a day whose issues have two bad records, one of them hostile, and returns the signed-in browser.
fn with_rejects(browser: Browser) -> (SignedIn, TestDatabase, DayFolder) {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(4, 3));
    folder.rewrite(FileKind::Issue, |records| {
        for (index, date) in [(1, "2024-02-30"), (4, "2024-13-01")] {
            let mut fields: Vec<_> = records[index]
                .split(|byte| *byte == b'|')
                .map(<[u8]>::to_vec)
                .collect();
            fields[3] = b"<script>alert(1)</script>".to_vec();
            let dated = FileKind::Issue
                .layout()
                .fields
                .iter()
                .position(|field| field.name == "dated_date");
            fields[dated.unwrap()] = date.into();
            records[index] = fields.join(&b'|');
        }
    });
    let console = SignedIn::start_in(browser, &database, folder.folder());
    console
        .server
        .load_all()
        .assert_problem(422, "too_many_rejects");
    (console, database, folder)
}

#[test]
fn failed_job_shows_the_field_at_fault_in_its_line() {
    let (console, ..) = with_rejects(Browser::open());
    let browser = &console.browser;
    console.go("/console");
    browser.click(".jobs tbody a");
    browser.await_path("/console/jobs/1");
    let page = browser.page();
    for text in [
        "Failed",
        "dated_date breaks the rule date: 2 records",
        "line 2",
        "line 5",
        "<script>alert(1)</script>",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert_eq!(browser.text(".raw mark"), "2024-02-30");
    browser.audit("job-failed");
    browser.click("a[href$='rejects?file=issue']");
    assert_eq!(browser.count("mark"), 2);
    browser.audit("rejects");
    let rejects = console.server.get("/jobs/1/rejects/issue");
    console.go("/console/jobs/1");
    let download = browser.attribute("a[download]", "href").unwrap();
    let cookies = browser.cookies();
    let cookie = format!(
        "__Host-cusip-session={}",
        cookies[0]["value"].as_str().unwrap()
    );
    let request = console.server.request("GET", &download).without_token();
    let file = request.header("cookie", &cookie).send();
    assert_eq!((file.status, file.text()), (200, rejects.text()));
}

/// What an operator does at 3 a.m., with the console alone and without scripts.
#[test]
fn failed_day_is_loaded_again_with_more_allowed_rejects_without_scripts() {
    let (console, database, _folder) = with_rejects(Browser::open_without_scripts());
    let browser = &console.browser;
    console.go("/console");
    assert!(
        browser.page().contains("Not loaded yet"),
        "{}",
        browser.page()
    );
    console.go("/console/jobs?status=failed");
    browser.click(".jobs tbody a");
    assert_eq!(
        browser.attribute("#date", "value").as_deref(),
        Some("2024-01-15")
    );
    browser.click(".again summary");
    browser.enter("#max_rejects", "many");
    browser.click(".load button");
    browser.await_text("max_rejects is \"many\"; send an integer");
    assert_eq!(
        browser.attribute("#max_rejects", "value").as_deref(),
        Some("many")
    );
    browser.enter("#max_rejects", "4");
    browser.enter("#max_age_days", "0");
    browser.click(".load button");
    browser.await_path("/console/jobs/2");
    cusip_test_support::eventually("the job ends", || {
        browser.reload();
        !browser.page().contains("Running")
    });
    assert!(browser.page().contains("Succeeded"), "{}", browser.page());
    browser.keep("no-script");
    let jobs = database.query("select status, options ->> 'max_rejects' from load_job order by id");
    assert_eq!(jobs, [["failed", "0"], ["succeeded", "4"]]);
}

#[test]
fn jobs_are_listed_by_status_kind_and_day_in_pages() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(2, 1));
    database.execute(
        "insert into load_job (kind, load_date, status, finished_at, program, program_version, started_by)
         select 'load-all', date '2024-01-01' + n / 10, case n % 3 when 0 then 'failed' else 'succeeded' end,
             now(), 'cli', '0', '<b>ann</b>' from generate_series(1, 120) as n",
    );
    let console = SignedIn::start(&database, folder.folder());
    let browser = &console.browser;
    console.go("/console/jobs");
    assert_eq!(browser.count(".jobs tbody tr"), 50);
    assert!(browser.text(".jobs").contains("<b>ann</b>"));
    browser.audit("jobs");
    browser.click("a[rel=next]");
    browser.await_path("/console/jobs?before=71");
    browser.click("a[rel=next]");
    browser.await_path("/console/jobs?before=21");
    assert_eq!(browser.count(".jobs tbody tr"), 20);
    assert!(!browser.has("a[rel=next]"));
    console.go("/console/jobs?status=failed&kind=load-all&date=2024-01-03");
    assert_eq!(browser.count(".jobs tbody tr"), 3);
    assert_eq!(
        browser.attribute("#filter-date", "value").as_deref(),
        Some("2024-01-03")
    );
    console.go("/console/jobs?status=running");
    assert!(browser.page().contains("No job matches"));
}

#[test]
fn problems_are_pages() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(1, 1));
    let console = SignedIn::start(&database, folder.folder());
    let browser = &console.browser;
    for (path, text) in [
        ("/console/jobs/77", "Job 77 does not exist"),
        ("/console/jobs/seven", "\"seven\" is not the ID of a job"),
        (
            "/console/nowhere",
            "The page \"/console/nowhere\" does not exist",
        ),
        ("/console/jobs/1/rejects/issue", "Job 1 does not exist"),
    ] {
        console.go(path);
        let page = browser.page();
        assert!(page.contains(text), "{text} in {page}");
    }
    browser.audit("problem");
}
