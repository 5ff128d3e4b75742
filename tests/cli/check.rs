//! `cusip check`, which needs no database.

use std::fs;

use cusip_pif::FileKind;
use cusip_test_support::{cusip, cusip_reading, day, write_file, write_synthetic_day};
use tempfile::tempdir;

#[test]
fn good_files_pass() {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 20, 5);
    let files = ["R", "E", "A"].map(|letter| folder.path().join(format!("CED01-15{letter}.PIP")));
    let run = cusip([["check".into()].as_slice(), &files].concat());
    run.assert_done();
    assert!(
        run.stdout
            .contains("100 issue records, 0 of them rejected; the trailer confirms"),
        "{run:?}"
    );
}

#[test]
fn every_problem_shows_its_line() {
    let folder = tempdir().unwrap();
    let issues = [
        "037833|10|0|COM||||||A||||||A|",
        "037833|10|0|COM||||||Q||||||A|",
        "037833|1a|0|COM||||||A|tomorrow|||x||A|",
        "one|two",
    ];
    let file = write_file(folder.path(), day(), FileKind::Issue, &issues);
    let file = file.to_str().unwrap();
    let run = cusip(["check", file]);
    assert_eq!(run.code, 3, "{run:?}");
    for line in [
        ":2: warning: issue_status \"Q\" is not a documented code of issue_status",
        ":3: issue_num \"1a\" must be 2 characters from 0-9, A-Z, *, @, #; dated_date \"tomorrow\" is not a valid date",
        ":4: record has 2 fields instead of 17",
        ": 4 issue records, 2 of them rejected; the trailer confirms the count",
    ] {
        assert!(
            run.stdout.contains(&format!("{file}{line}")),
            "{line:?} is missing in {run:?}"
        );
    }
    let document = cusip(["check", file, "--output", "json"]).document();
    assert_eq!(document["success"], false);
    assert_eq!(document["results"][0]["rows_rejected"], 2);
    assert_eq!(document["results"][0]["rejects"][1]["line_number"], 4);
    assert_eq!(
        document["results"][0]["rejects"][1]["byte_offset"],
        32 * 2 + 41
    );
    cusip(["check", file, "--max-rejects", "50%"]).assert_done();
}

#[test]
fn equal_problems_are_counted_after_the_first_few() {
    let folder = tempdir().unwrap();
    let bad = |index: usize| match index % 10 {
        0 => "037833|11|0|WRONG CHECK DIGIT||||||A||||||A|".to_owned(),
        1 => "037833|10|0|COM||||||Q||||||A|".to_owned(),
        _ => "037833|10|0|COM||||||A|tomorrow|||||A|".to_owned(),
    };
    let issues: Vec<_> = (0..10_000).map(bad).collect();
    let file = write_file(folder.path(), day(), FileKind::Issue, &issues);
    let file = file.to_str().unwrap();
    let run = cusip(["check", file]);
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(run.stdout.lines().count(), 3 * 3 + 3 + 1, "{run:?}");
    for line in [
        ": 997 more with rule check_digit, field issue_check",
        ": warning: 997 more with rule undocumented_code, field issue_status",
        ": 7,997 more with rule date, field dated_date",
        ": 10,000 issue records, 9,000 of them rejected; the trailer confirms the count",
    ] {
        assert!(run.stdout.contains(&format!("{file}{line}\n")), "{run:?}");
    }
    let document = cusip(["check", file, "--output", "json"]).document();
    assert_eq!(
        document["results"][0]["rejects"].as_array().unwrap().len(),
        1_000
    );
    let message = document["message"].as_str().unwrap();
    assert!(
        message.starts_with("9000 of 10000 records were rejected"),
        "{message}"
    );
}

#[test]
fn lines_that_end_in_an_extra_separator_are_named() {
    let folder = tempdir().unwrap();
    for (kind, record) in [
        (
            FileKind::Issuer,
            "037833||APPLE INC||||||||C|A||A|CA|2024-01-15|".to_owned(),
        ),
        (
            FileKind::Issue,
            "037833|10|0|COM||||||A||||||A||".to_owned(),
        ),
        (
            FileKind::IssueAttribute,
            format!("037833|10{}", "|".repeat(52)),
        ),
    ] {
        let file = write_file(folder.path(), day(), kind, &[&record, &record]);
        let run = cusip(["check", file.to_str().unwrap()]);
        assert!(
            run.stdout.contains("most lines end in an extra |"),
            "{run:?}"
        );
        assert!(!run.stdout.contains("--type"), "{run:?}");
    }
}

#[test]
fn truncated_file_fails() {
    let run = cusip_reading(
        "037833|10|0|COM||||||A||||||A|\n",
        ["check", "-", "--type", "issue"],
    );
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stdout
            .contains("there is no trailer: the file was cut off"),
        "{run:?}"
    );
}

#[test]
fn closed_output_pipe_does_not_change_the_exit_code() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15E.PIP");
    fs::write(
        &file,
        ["bad\n".repeat(100_000), "999999|100000\n".to_owned()].concat(),
    )
    .unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_cusip"))
        .args(["check", file.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let says = "error: 100000 of 100000 records were rejected, and 0 are allowed; fix the files and \
                load again, or allow more rejects (--max-rejects)\n";
    assert_eq!(stderr, says);
}
