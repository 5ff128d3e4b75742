//! Loading a day, watching it, and canceling it.

use cusip_pif::FileKind;
use cusip_test_support::{DayFolder, Session, TestDatabase, await_waiting_write, eventually};

use crate::browser::Browser;
use crate::signed_in::SignedIn;

fn fill_in(browser: &Browser) {
    browser.run(
        "document.querySelector('#date').value = '2024-01-15'",
        serde_json::json!([]),
    );
    browser.enter("#max_age_days", "0");
}

#[test]
fn day_is_loaded_and_its_progress_shows_without_reloading() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(20, 5));
    let console = SignedIn::start(&database, folder.folder());
    let browser = &console.browser;
    let gate = Session::begin(&database, "lock table issue in share mode");
    console.go("/console/jobs");
    fill_in(browser);
    browser.click(".load button");
    browser.await_path("/console/jobs/1");
    await_waiting_write(&database, "issue");
    browser.run("window.wasNotReloaded = true", serde_json::json!([]));
    browser.await_text("issues");
    eventually("the progress shows", || browser.has("progress[value]"));
    assert_eq!(
        browser.run("return window.wasNotReloaded", serde_json::json!([])),
        true
    );
    browser.audit("job-running");
    console.go("/console");
    browser.await_text("Job 1");
    browser.audit("today-running");
    gate.end();
    browser.await_text("Succeeded");
    console.go("/console/jobs/1");
    let page = browser.page();
    for text in [
        "Loaded 220 records",
        "Issue attributes",
        "max_rejects=\"0\"",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    browser.audit("job-succeeded");
}

#[test]
fn running_job_is_canceled_with_the_keyboard() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(20, 5));
    let console = SignedIn::start(&database, folder.folder());
    let browser = &console.browser;
    let _gate = Session::begin(&database, "lock table issue in share mode");
    let id = console.server.begin_load_all();
    await_waiting_write(&database, "issue");
    console.go(&format!("/console/jobs/{id}"));
    let (tab, enter) = ("\u{e004}", "\u{e007}");
    let focused = || {
        browser.run(
            "return document.activeElement.textContent.trim()",
            serde_json::json!([]),
        )
    };
    for target in ["Cancel this job", "Cancel job 1"] {
        let mut tabs = 0;
        while focused() != target {
            browser.press(tab);
            tabs += 1;
            assert!(tabs < 40, "{target:?} is not in the order of the tab key");
        }
        browser.press(enter);
    }
    browser.await_text("Canceled");
    browser.await_text("The load was canceled; nothing was loaded.");
    browser.audit("job-canceled");
    let statuses = database.query("select status from load_job");
    assert_eq!(statuses, [["cancelled"]]);
}

#[test]
fn second_load_is_refused_and_the_form_is_kept() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(20, 5));
    let console = SignedIn::start(&database, folder.folder());
    let browser = &console.browser;
    let gate = Session::begin(&database, "lock table issue in share mode");
    console.server.begin_load_all();
    await_waiting_write(&database, "issue");
    console.go("/console/jobs");
    fill_in(browser);
    browser.click("input[name=force]");
    browser.click(".load button");
    browser.await_text("Another load is running");
    assert!(browser.has(".load [role=alert]"));
    assert_eq!(
        browser.attribute("#date", "value").as_deref(),
        Some("2024-01-15")
    );
    assert!(browser.has("input[name=force][checked]"));
    browser.audit("load-refused");
    gate.end();
}

#[test]
fn missing_file_is_explained_with_what_to_do() {
    let (database, folder) = (TestDatabase::migrated(), DayFolder::write(2, 1));
    std::fs::remove_file(folder.path(FileKind::Issue)).unwrap();
    let console = SignedIn::start(&database, folder.folder());
    let browser = &console.browser;
    console.go("/console/jobs");
    fill_in(browser);
    browser.click(".load button");
    browser.await_text("CED01-15E.PIP");
    browser.await_text("Load what is there");
}
