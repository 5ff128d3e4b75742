//! Control characters in data do not reach the terminal.

use std::fs;

use cusip_pif::FileKind;
use cusip_test_support::{Run, TestDatabase, cusip, cusip_on, day, write_file};
use tempfile::tempdir;

/// Sets the title of a terminal, in both of its forms, and clears the screen.
const SEQUENCE: &str = "\u{1b}]0;owned\u{7}\u{9b}2J\r";

#[track_caller]
fn assert_printable(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let harmful = text.find(|letter: char| letter.is_control() && letter != '\n');
        assert_eq!(harmful, None, "{run:?}");
    }
    let shown = run.stdout.contains("owned") || run.stderr.contains("owned");
    assert!(shown, "{run:?}");
}

#[test]
fn control_characters_in_data_are_escaped_in_text_and_exact_in_json() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let name = format!("APPLE {}", SEQUENCE.trim_end());
    let issuer = format!("037833||{name} INC||||||||C|A||A|CA|2024-01-15");
    let issue = "037833|10|0|COM||||||A||||||A|2024-01-15";
    let bad = format!("037833|10|{SEQUENCE}");
    let files = [
        write_file(folder.path(), day(), FileKind::Issuer, &[issuer]),
        write_file(folder.path(), day(), FileKind::Issue, &[issue, &bad]),
    ];
    let files = files.each_ref().map(|file| file.to_str().unwrap());
    let load = cusip_on(
        &database,
        ["load", files[0], files[1], "--max-rejects", "5"],
    );
    load.assert_done();
    cusip_on(&database, ["jobs", "1"]).assert_done();
    for arguments in [
        ["show", "037833100"].as_slice(),
        &["search", "apple"],
        &["history", "037833100", "--output", "table"],
        &["changes", "--since-job", "0", "--output", "json"],
    ] {
        let run = cusip_on(&database, arguments.iter().copied());
        run.assert_done();
        assert_printable(&run);
    }
    let run = cusip_on(&database, ["show", "037833100", "--output", "json"]);
    assert_printable(&run);
    let document = run.document();
    let shown = document["securities"][0]["issuer"]["issuer_name"].as_str();
    assert_eq!(
        shown.map(|shown| shown.contains("\u{9b}2J")),
        Some(true),
        "{document}"
    );
}

#[test]
fn control_characters_in_names_and_values_are_escaped() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(format!("CED01-15R{SEQUENCE}\n.PIP"));
    fs::write(&path, format!("{SEQUENCE}|owned\n999999|1\n")).unwrap();
    let path = path.to_str().unwrap();
    let run = cusip(["check", path, "--type", "issuer"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert_printable(&run);

    let missing = format!("{path}owned");
    for arguments in [
        &["check", &missing, "--type", "issuer"][..],
        &[
            "jobs",
            "--sslrootcert",
            &missing,
            "--sslmode",
            "verify-full",
        ],
        &["jobs", "--database-url", &missing],
        &["jobs", "--host", &missing],
        &["files", "--date", "2024-01-15", "--file-dir", &missing],
    ] {
        let run = cusip(arguments);
        assert_ne!(run.code, 0, "{run:?}");
        for text in [&run.stdout, &run.stderr] {
            let harmful = text.find(|letter: char| letter.is_control() && letter != '\n');
            assert_eq!(harmful, None, "{run:?}");
        }
    }
}

#[test]
fn control_characters_in_log_lines_are_escaped() {
    let database = TestDatabase::migrated();
    let folder = tempdir().unwrap();
    let path = folder.path().join(format!("CED01-15R{SEQUENCE}.PIP"));
    fs::write(&path, "999999|0\n").unwrap();
    let path = path.to_str().unwrap();
    let load = ["load", path, "--type", "issuer", "--log", "info"];
    let run = cusip_on(&database, load);
    run.assert_done();
    assert!(run.stderr.contains("reading"), "{run:?}");
    assert_printable(&run);
}
