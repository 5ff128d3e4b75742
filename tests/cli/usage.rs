//! Options that are wrong or contradict each other.

use cusip_test_support::cusip;

#[test]
fn wrong_usage_ends_with_code_2() {
    cusip(["load"]).assert_fails(2, &["--date"]);
    cusip(["load", "--date", "2024-02-30"])
        .assert_fails(2, &["expected a calendar date in the form YYYY-MM-DD"]);
    cusip(["load", "x.PIP", "--max-rejects", "-1"]).assert_fails(2, &["--max-rejects"]);
    cusip([
        "load",
        "x.PIP",
        "--database-url",
        "postgresql://me:swordfish@:x/",
    ])
    .assert_fails(4, &["x.PIP"]);
    cusip(["frobnicate"]).assert_fails(2, &["frobnicate"]);
    let url = "postgresql://me:swordfish@host:nonsense/db";
    let run = cusip(["search", "apple", "--database-url", url]);
    run.assert_fails(2, &["--database-url is not a URL"]);
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
}

#[test]
fn contradictory_options_are_refused() {
    for (arguments, says) in [
        (
            ["search", "apple", "one", "--embedded=/tmp/x", "--host", "h"],
            "--host has no effect together with --embedded",
        ),
        (
            [
                "search",
                "apple",
                "--database-url",
                "postgresql://h/d",
                "--port",
                "1",
            ],
            "--port has no effect together with --database-url",
        ),
        (
            ["load", "x.PIP", "--file-dir", "/tmp", "--log", "info"],
            "--file-dir has no effect together with FILE",
        ),
        (
            ["search", "apple", "--limit", "0", "--log", "info"],
            "--limit",
        ),
        (
            ["search", " ", "--limit", "1", "--log", "info"],
            "at least one word",
        ),
        (
            ["search", "apple", "--log", "a=b=c", "--limit", "1"],
            "--log",
        ),
        (
            ["search", "apple", "--database-url", "", "--limit", "1"],
            "--database-url is not a URL",
        ),
        (
            [
                "synth",
                "/tmp/x",
                "--date",
                "2024-01-15",
                "--changed-per-mille",
                "1001",
            ],
            "1001",
        ),
    ] {
        cusip(arguments).assert_fails(2, &[says]);
    }
}

/// Errors of Rust's own parsers do not say what is expected.
#[test]
fn wrong_values_are_refused_in_plain_english() {
    for arguments in [
        &["jobs", "abc"][..],
        &["jobs", "99999999999999999999"],
        &["jobs", "0"],
        &["jobs", "--limit", "many"],
        &["jobs", "--limit", "0"],
        &["jobs", "--before", "abc"],
        &["jobs", "cancel", "abc"],
        &["jobs", "--port", "70000"],
        &["search", "a", "--limit", "0"],
        &["synth", "x", "--date", "2024-01-15", "--issuers", "+1"],
        &["synth", "x", "--date", "2024-01-15", "--seed", "1.5"],
        &["load", "--date", "2024-01-15", "--max-age-days", "1.5"],
    ] {
        cusip(arguments).assert_fails(2, &["it is not a whole number from "]);
    }
    cusip(["jobs", "--status", "done"]).assert_fails(2, &["succeeded", "interrupted"]);
    cusip(["jobs", "--kind", "all"]).assert_fails(2, &["load-all"]);
    let days = ["expected a calendar date in the form YYYY-MM-DD"];
    cusip(["jobs", "--date", "yesterday"]).assert_fails(2, &days);
    cusip(["jobs", "prune", "--before", "42"]).assert_fails(2, &days);
    let cursor = "it is not the position of a reject, such as 12-345";
    cusip(["jobs", "1", "--after", "x"]).assert_fails(2, &[cursor]);
    cusip(["synth", "-", "--date", "2024-01-15"]).assert_fails(2, &["name a folder"]);
    // Options before the name of an action would have no effect.
    cusip(["jobs", "--host", "x", "cancel", "1"]).assert_fails(2, &["--host"]);
    cusip(["jobs", "cancel", "1", "--embedded=x", "--host", "y"])
        .assert_fails(2, &["--host has no effect together with --embedded"]);
}
