//! Accessibility, judged by axe-core.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::browser::Browser;

/// Asserts that axe-core finds no violation of WCAG 2.2 AA, nor of its best practices, on the page.
#[track_caller]
pub(crate) fn assert_accessible(browser: &Browser, what: &str) {
    let path = script_path();
    let script = fs::read_to_string(&path);
    let script = script.unwrap_or_else(|error| {
        panic!(
            "{}: {error}; scripts/axe-core.sh downloads it",
            path.display()
        )
    });
    browser.run(&script, json!([]));
    let check = "return axe.run({resultTypes: ['violations']}).then(found => found.violations.map(violation =>
        violation.id + ': ' + violation.nodes.map(node => node.target + ' ' + node.failureSummary).join('; ')))";
    let violations = browser.run(check, json!([]));
    assert_eq!(violations, json!([]), "{what}");
}

fn script_path() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    let build = test.ancestors().nth(3).expect("tests are in `debug/deps`");
    build.join("axe-core/axe.min.js")
}
