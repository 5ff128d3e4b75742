//! `cusip show --as-of`, `history`, `changes` and `history prune`.

use cusip_jobs::remove_nulls;
use cusip_pif::{Date, FileKind};
use cusip_test_support::{Run, TestDatabase, cusip, cusip_on, write_file};
use serde_json::{Value, json};
use tempfile::tempdir;

fn january(day: u8) -> Date {
    Date::new(2024, 1, day).expect("a day of January")
}

/// Loads a security on two days. On the second day, its rate and its status change, and it has a sibling.
fn two_days() -> TestDatabase {
    let database = TestDatabase::migrated();
    let issuer = "037833||APPLE INC||||||||C|A||A|CA|2024-01-15";
    let before = "037833|AA|8|NOTE||||||A|2020-01-31|2030-01-31||4.125|N|A|2024-01-15";
    let after = "037833|AA|8|NOTE||||||D|2020-01-31|2030-01-31||4.5|N|S|2024-01-16";
    let sibling = "037833|10|0|COM||||||A||||||A|2024-01-16";
    load(&database, 15, issuer, &[before]);
    load(&database, 16, issuer, &[sibling, after]);
    database
}

fn load(database: &TestDatabase, day: u8, issuer: &str, issues: &[&str]) {
    let folder = tempdir().expect("a folder can be made");
    let date = january(day);
    write_file(folder.path(), date, FileKind::Issuer, &[issuer]);
    write_file(folder.path(), date, FileKind::Issue, issues);
    let attribute = format!("037833|AA{}", "|".repeat(51));
    write_file(folder.path(), date, FileKind::IssueAttribute, &[attribute]);
    let (date, folder) = (
        date.to_string(),
        folder.path().to_str().expect("a name in ASCII"),
    );
    cusip_on(database, ["load", "--date", &date, "--file-dir", folder]).assert_done();
}

fn lines(run: &Run) -> Vec<&str> {
    run.stdout.lines().collect()
}

#[test]
fn security_is_shown_as_of_a_day_a_time_and_a_job() {
    let database = two_days();
    let show = |as_of: &str| {
        let arguments = [
            "show",
            "037833AA8",
            "037833100",
            "--as-of",
            as_of,
            "--output",
            "json",
        ];
        cusip_on(&database, arguments)
    };
    let first = show("2024-01-15");
    first.assert_fails(
        1,
        &["there is no security 037833100 as of 2024-01-15 (job 1)"],
    );
    let document = first.document();
    assert_eq!(
        document["state"],
        json!({"job_id": 1, "date": "2024-01-15"})
    );
    assert_eq!(
        document["securities"][0]["issue"]["rate"].to_string(),
        "4.125"
    );
    assert_eq!(show("job:1").document(), document);
    for as_of in ["2024-01-16", "2024-12-31", "job:2", "2099-01-01T00:00:00Z"] {
        let second = show(as_of);
        let document = second.assert_done().document();
        assert_eq!(
            document["state"],
            json!({"job_id": 2, "date": "2024-01-16"})
        );
        assert_eq!(
            document["securities"][0]["issue"]["rate"].to_string(),
            "4.5"
        );
    }
    let rows = [
        "show",
        "037833AA8",
        "--as-of",
        "2024-01-15",
        "--output",
        "csv",
    ];
    let run = cusip_on(&database, rows);
    run.assert_done();
    assert!(run.stdout.contains(",4.125,"), "{run:?}");
    assert_eq!(run.stderr, "as of 2024-01-15 (job 1)\n");
}

#[test]
fn state_that_does_not_exist_is_an_error_that_says_what_exists() {
    let database = two_days();
    let show = |as_of: &str| cusip_on(&database, ["show", "037833AA8", "--as-of", as_of]);
    show("2024-01-14").assert_fails(4, &["the first day loaded is 2024-01-15"]);
    show("2024-01-14T00:00:00Z").assert_fails(4, &["the first load was committed at 20"]);
    show("job:7").assert_fails(4, &["there is no state as of job:7"]);
    for as_of in [
        "yesterday",
        "2024-02-30",
        "job:x",
        "2024-01-15T00:00:00",
        "",
    ] {
        show(as_of).assert_fails(2, &["expected a day (2024-01-15), a time in UTC"]);
    }
    let empty = TestDatabase::migrated();
    let run = cusip_on(&empty, ["show", "037833AA8", "--as-of", "2024-01-15"]);
    run.assert_fails(4, &["no day has been loaded"]);
}

#[test]
fn history_of_a_security_has_its_versions_with_what_changed() {
    let database = two_days();
    let run = cusip_on(&database, ["history", "037833AA8"]);
    run.assert_done();
    let expected = [
        "037833AA8",
        "2024-01-16, job 2: issue changed",
        "  issue_status       A (Active) -> D (Suspend)",
        "  rate               4.125 -> 4.5",
        "  issue_transaction  A (New Issue) -> S (Suspend Drop: Called, Expired, Exchanged, Redeemed)",
        "  issue_update_date  2024-01-15 -> 2024-01-16",
        "2024-01-15, job 1: issue inserted, 9 fields",
        "2024-01-15, job 1: issue_attr inserted, 0 fields",
        "2024-01-15, job 1: issuer inserted, 6 fields",
    ];
    assert_eq!(lines(&run), expected);

    let run = cusip_on(&database, ["history", "03783310", "--output", "json"]);
    let document = run.assert_done().document();
    assert_eq!(document["cusip"], "037833100");
    assert_eq!(document["versions"][0]["change"], "inserted");
    assert_eq!(document["versions"][0]["job_id"], 2);

    let run = cusip_on(&database, ["history", "037833AA8", "--output", "ndjson"]);
    let rows = lines(run.assert_done());
    assert_eq!(
        rows[2],
        r#"{"job_id":1,"date":"2024-01-15","type":"issue_attr","issuer_num":"037833","issue_num":"AA","change":"inserted","fields":[]}"#
    );
    assert!(!run.stdout.contains("null"), "{run:?}");

    let run = cusip_on(&database, ["history", "037833AA8", "--output", "csv"]);
    let rows = lines(run.assert_done());
    assert_eq!(rows[0], "job_id,date,type,key,change,field,from,to");
    assert_eq!(
        rows[2],
        "2,2024-01-16,issue,037833AA,changed,rate,4.125,4.5"
    );
}

#[test]
fn history_of_what_is_no_security_is_refused() {
    let database = two_days();
    let history = |identifier: &str| cusip_on(&database, ["history", identifier]);
    history("037833BB5").assert_fails(1, &["there is no security 037833BB5"]);
    history("037833").assert_fails(2, &["037833 is an issuer number; `cusip search 037833`"]);
    history("037833AA9").assert_fails(2, &["its check digit should be 8"]);
    history("apple").assert_fails(2, &["\"apple\" is not a CUSIP"]);
    cusip(["history"]).assert_fails(2, &["<ID>"]);
}

#[test]
fn changes_of_a_day_are_counted_as_text_and_listed_as_rows() {
    let database = two_days();
    let run = cusip_on(&database, ["changes", "--date", "2024-01-16"]);
    run.assert_done();
    let words: Vec<_> = run
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "issue inserted 1",
        "issue changed 1",
        "issue rate 1",
        "issue issue_status 1",
    ] {
        assert!(words.iter().any(|found| found == line), "{line} in {run:?}");
    }
    assert_eq!(run.stderr, "changes after job 1 up to 2024-01-16 (job 2)\n");

    let csv = cusip_on(
        &database,
        ["changes", "--date", "2024-01-16", "--output", "csv"],
    );
    let rows = lines(csv.assert_done());
    assert_eq!(rows[0], "job_id,date,type,key,change,field,from,to");
    assert!(
        rows.contains(&"2,2024-01-16,issue,037833AA,changed,rate,4.125,4.5"),
        "{rows:?}"
    );
    assert!(
        rows.contains(&"2,2024-01-16,issue,03783310,inserted,issue_desc_1,,COM"),
        "{rows:?}"
    );

    let table = cusip_on(
        &database,
        ["changes", "--date", "2024-01-16", "--output", "table"],
    );
    let rows = lines(table.assert_done());
    assert!(rows[0].starts_with("    job  date        type        key       change    field"));
    assert!(
        rows[1].starts_with("      2  2024-01-16  issue       03783310  inserted  "),
        "{rows:?}"
    );
    assert!(
        rows.iter()
            .any(|row| row.ends_with("rate               4.125 -> 4.5")),
        "{rows:?}"
    );
}

#[test]
fn ranges_of_changes_give_the_same_in_every_form() {
    let database = two_days();
    let changes = |arguments: &[&str]| {
        let arguments = ["changes", "--output", "json"].iter().chain(arguments);
        cusip_on(&database, arguments.copied())
    };
    let day = changes(&["--date", "2024-01-16"]);
    let expected = day.assert_done().document();
    assert_eq!(expected["since_job"], 1);
    assert_eq!(
        expected["state"],
        json!({"job_id": 2, "date": "2024-01-16"})
    );
    assert_eq!(expected["changes"].as_array().map(Vec::len), Some(2));
    for arguments in [
        ["--since-job", "1"].as_slice(),
        &["--from", "2024-01-15"],
        &["--from", "2024-01-15", "--to", "2024-01-31"],
        &["--from", "job:1", "--to", "job:2"],
    ] {
        assert_eq!(
            changes(arguments).assert_done().document(),
            expected,
            "{arguments:?}"
        );
    }
    let lines = cusip_on(
        &database,
        ["changes", "--since-job", "1", "--output", "ndjson"],
    );
    let lines = lines
        .assert_done()
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let mut without_nulls = expected["changes"].clone();
    remove_nulls(&mut without_nulls);
    assert_ne!(without_nulls, expected["changes"]);
    assert_eq!(json!(lines.collect::<Vec<Value>>()), without_nulls);

    let nothing = changes(&["--since-job", "2"]);
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert_eq!(nothing.document()["changes"], json!([]));
    let all = changes(&["--since-job", "0"]);
    assert_eq!(
        all.assert_done().document()["changes"]
            .as_array()
            .map(Vec::len),
        Some(5)
    );
}

#[test]
fn ranges_that_do_not_exist_are_refused() {
    let database = two_days();
    let changes =
        |arguments: &[&str]| cusip_on(&database, ["changes"].iter().chain(arguments).copied());
    changes(&["--date", "2024-01-20"]).assert_fails(4, &["2024-01-20", "2024-01-16"]);
    changes(&["--date", "2024-01-01"]).assert_fails(4, &["the first day loaded is 2024-01-15"]);
    changes(&["--since-job", "9"]).assert_fails(4, &["the last load is 2024-01-16 (job 2)"]);
    let reversed = ["--from", "2024-01-16", "--to", "2024-01-15"];
    changes(&reversed).assert_fails(2, &["is later than --to 2024-01-15"]);
    for arguments in [
        [].as_slice(),
        &["--to", "2024-01-15"],
        &["--date", "2024-01-15", "--since-job", "1"],
        &["--date", "2024-01-15", "--to", "2024-01-16"],
        &["--since-job", "1", "--to", "2024-01-16"],
        &["--since-job", "1", "--from", "2024-01-15"],
        &["--since-job", "-1"],
    ] {
        let run = changes(arguments);
        assert_eq!(run.code, 2, "{run:?}");
    }
    changes(&[]).assert_fails(2, &["<--date <DAY>|--since-job <N>|--from <WHEN>>"]);
    let empty = TestDatabase::migrated();
    let run = cusip_on(&empty, ["changes", "--since-job", "0"]);
    run.assert_fails(1, &["nothing has been loaded"]);
}

#[test]
fn pruned_history_is_refused_with_where_it_begins() {
    let database = two_days();
    let prune = |before: &str| {
        let arguments = ["history", "prune", "--before", before, "--output", "json"];
        cusip_on(&database, arguments)
    };
    prune("2999-01-01").assert_fails(2, &["--before 2999-01-01 is in the future"]);
    let pruned = prune("2024-01-16");
    let document = pruned.assert_done().document();
    assert_eq!(document["versions_deleted"], 1);
    assert_eq!(
        document["oldest"],
        json!({"job_id": 2, "date": "2024-01-16"})
    );
    let show = ["show", "037833AA8", "--as-of", "2024-01-15"];
    cusip_on(&database, show).assert_fails(4, &["was pruned: history begins with job 2"]);
    let changes = ["changes", "--since-job", "0"];
    cusip_on(&database, changes).assert_fails(4, &["pruned", "history begins with job 2"]);
    let history = cusip_on(&database, ["history", "037833AA8"]);
    assert!(
        lines(history.assert_done())[1].contains("issue oldest"),
        "{history:?}"
    );
    let jobs = cusip_on(&database, ["jobs", "--output", "json"]).document();
    assert_eq!(jobs["jobs"][0]["kind"], "prune-history");
}

#[test]
fn prune_prints_no_rows() {
    let run = cusip([
        "history",
        "prune",
        "--before",
        "2024-01-01",
        "--output",
        "csv",
    ]);
    run.assert_fails(2, &["print rows"]);
}
