//! Last night's load failed: what an operator does, with the browser only.

use std::fs;

use cusip_pif::{Date, FileKind, PifFileName};
use cusip_test_support::{TestDatabase, eventually, write_synthetic_day};
use serde_json::json;
use tempfile::{TempDir, tempdir};

use crate::signed_in::SignedIn;

const GOOD: &str = "2024-02-29";
const BAD: &str = "2024-02-30";

/// A server, and the folder to which the files of today are delivered.
struct Night {
    console: SignedIn,
    folder: TempDir,
    today: Date,
    database: TestDatabase,
}

impl Night {
    fn begin() -> Self {
        let (database, folder) = (TestDatabase::migrated(), tempdir().unwrap());
        let console = SignedIn::start(&database, folder.path());
        console.go("/console/jobs");
        let today = console.browser.attribute("#date", "value").unwrap();
        let today: Date = today.parse().unwrap();
        write_synthetic_day(folder.path(), today, 4, 3);
        Self {
            console,
            folder,
            today,
            database,
        }
    }

    /// Replaces a day in the dates of the delivered issues.
    fn deliver(&self, replaced: &str, by: &str) {
        let path = self.folder.path();
        let path = path.join(PifFileName::new(self.today, FileKind::Issue).to_string());
        let content = fs::read_to_string(&path).unwrap();
        fs::write(path, content.replace(replaced, by)).unwrap();
    }

    /// Makes the second and the fifth issue bad.
    fn deliver_bad_dates(&self) {
        let path = self.folder.path();
        let path = path.join(PifFileName::new(self.today, FileKind::Issue).to_string());
        let content = fs::read_to_string(&path).unwrap();
        let fields = FileKind::Issue.layout().fields;
        let dated = (fields.iter()).find(|field| field.name == "dated_date");
        let lines = content.lines().enumerate().map(|(index, line)| {
            let mut line = line.to_owned();
            if [1, 4].contains(&index) {
                let range = dated.unwrap().range_in(line.as_bytes()).unwrap();
                line.replace_range(range, BAD);
            }
            line + "\r\n"
        });
        fs::write(path, lines.collect::<String>()).unwrap();
    }

    /// Loads today as the scheduler does.
    fn load(&self) -> u16 {
        let body = format!("{{\"date\": \"{}\"}}", self.today);
        let load = self.console.server.request("POST", "/jobs/load-all");
        load.json(&body).send().status
    }
}

#[test]
fn failed_load_is_explained_fixed_and_repeated_from_the_first_page() {
    let night = Night::begin();
    night.deliver_bad_dates();
    assert_eq!(night.load(), 422);
    let browser = &night.console.browser;
    let downloads = browser.download_to_a_folder();

    // Why did it fail?
    night.console.go("/console");
    let first = browser.text(".notice");
    assert!(
        first.contains("last load") && first.contains("failed"),
        "{first}"
    );
    browser.audit("night-1-today");
    browser.click(".notice a");
    browser.await_path("/console/jobs/1");
    let why = browser.text(".notice");
    assert!(why.contains("4 of 28 records were rejected"), "{why}");
    assert_eq!(browser.text(".raw mark"), BAD);
    browser.audit("night-2-job");

    // Get the rejects.
    browser.click("a[download]");
    let name = PifFileName::new(night.today, FileKind::Issue).to_string();
    let file = downloads.path().join(&name);
    eventually("the rejects are downloaded", || file.exists());
    let rejects = fs::read_to_string(file).unwrap();
    assert_eq!(rejects.matches(BAD).count(), 2);
    assert_eq!(rejects.lines().count(), 3, "{rejects}");

    // The vendor delivers the file again, corrected.
    night.deliver(BAD, GOOD);
    browser.click(".again summary");
    browser.keep("night-3-again");
    browser.click(".again button");
    browser.await_path("/console/jobs/2");
    browser.await_text("Succeeded");
    night.console.go("/console");
    assert!(!browser.has(".notice.bad"), "{}", browser.page());
    browser.audit("night-4-loaded");
}

#[test]
fn second_delivery_that_failed_comes_first_though_the_day_is_loaded() {
    let night = Night::begin();
    assert_eq!(night.load(), 200);
    night.console.go("/console");
    let browser = &night.console.browser;
    assert!(!browser.has(".notice.bad"), "{}", browser.page());
    night.deliver_bad_dates();
    assert_eq!(night.load(), 422);
    browser.reload();
    let first = browser.text(".notice");
    for text in [
        "the last load",
        "failed",
        "loaded before stays",
        "See job 2",
    ] {
        assert!(
            first.to_lowercase().contains(&text.to_lowercase()),
            "{text} in {first}"
        );
    }
    let day = browser
        .attribute(".strip li:last-child a", "aria-label")
        .unwrap();
    assert!(day.contains("loaded, last job failed, 2 jobs"), "{day}");
    browser.audit("today-second-delivery");
}

#[test]
fn failed_load_of_another_day_comes_before_the_day_that_is_expected() {
    let night = Night::begin();
    night.console.go("/console");
    let browser = &night.console.browser;
    let days = |days: i32| {
        let script = "const day = new Date(arguments[0]);
            day.setUTCDate(day.getUTCDate() - arguments[1]);
            return day.toISOString().slice(0, 10);";
        let day = browser.run(script, json!([night.today.to_string(), days]));
        day.as_str().unwrap().to_owned()
    };
    // The day that is expected is at most two days ago.
    for (day, status) in [
        (days(5), "failed"),
        (days(6), "cancelled"),
        (days(8), "failed"),
    ] {
        night.database.execute(&format!(
            "insert into load_job (kind, load_date, status, finished_at, program, program_version, started_by)
             values ('load-all', '{day}', '{status}', now(), 'api', '0', 'cusip')"
        ));
    }
    browser.reload();
    assert_eq!(browser.count(".notice.bad"), 1, "{}", browser.page());
    let before = "return document.querySelector('.notice.bad').compareDocumentPosition(document.querySelector('h1'))";
    let follows = 4; // Node.DOCUMENT_POSITION_FOLLOWING
    assert_eq!(browser.run(before, json!([])), follows);
    browser.click(".notice.bad a");
    browser.await_path("/console/jobs/1");
}
