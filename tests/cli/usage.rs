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
