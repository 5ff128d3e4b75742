//! Settings from flags, the environment and `.env`.

use std::fs;
use std::path::Path;

use cusip_test_support::{Run, cusip_in, day, write_synthetic_day};
use tempfile::tempdir;

fn cusip(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    cusip_in(folder, variables.iter().copied(), arguments)
}

#[test]
fn all_invalid_variables_are_reported_together_without_secrets() {
    let folder = tempdir().unwrap();
    let variables = [
        ("CUSIP_DB_PORT", "many"),
        ("CUSIP_MAX_REJECTS", "few"),
        ("CUSIP_LOG_FORMAT", "xml"),
        ("CUSIP_LOG", "a=b=c"),
        ("CUSIP_DB_PASSWORD", "swordfish"),
    ];
    let run = cusip(folder.path(), &variables, &["load", "--date", "2024-01-15"]);
    run.assert_fails(
        2,
        &[
            "CUSIP_DB_PORT is \"many\": it is not a whole number from 1 to 65535",
            "CUSIP_MAX_REJECTS is \"few\": \"few\" is neither a number of records such as 10 nor a share",
            "CUSIP_LOG_FORMAT is \"xml\": it must be one of text, json",
            "CUSIP_LOG is \"a=b=c\": it is not a valid log filter, such as info",
        ],
    );
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
}

#[test]
fn invalid_variable_is_ignored_if_a_flag_overrides_it_or_the_command_does_not_use_it() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    fs::write(&file, "999999|0\n").unwrap();
    let file = file.to_str().unwrap();
    let wrong = [("CUSIP_MAX_REJECTS", "few"), ("CUSIP_DB_PORT", "many")];
    cusip(
        folder.path(),
        &wrong,
        &["check", file, "--max-rejects", "1"],
    )
    .assert_done();
    let run = cusip(folder.path(), &wrong, &["check", file]);
    run.assert_fails(2, &["CUSIP_MAX_REJECTS"]);
    assert!(!run.stderr.contains("CUSIP_DB_PORT"), "{run:?}");
}

#[test]
fn unknown_variables_produce_a_warning_with_the_closest_name() {
    let folder = tempdir().unwrap();
    let variables = [("CUSIP_DB_PASWORD", "swordfish"), ("CUSIP_ZEBRA", "x")];
    let run = cusip(folder.path(), &variables, &["completions", "bash"]);
    run.assert_done();
    assert!(
        run.stderr
            .contains("CUSIP_DB_PASWORD is not a known variable; did you mean CUSIP_DB_PASSWORD?"),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("CUSIP_ZEBRA is not a known variable"),
        "{run:?}"
    );
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
}

#[test]
fn flags_override_the_environment_which_overrides_dot_env() {
    let folder = tempdir().unwrap();
    for name in ["flag", "environment", "dot-env"] {
        write_synthetic_day(&folder.path().join(name), day(), 1, 1);
    }
    let place = |arguments: &[&str], variables: &[(&str, &str)]| {
        let all = [
            &["files", "--date", "2024-01-15", "--output", "json"],
            arguments,
        ]
        .concat();
        let run = cusip(folder.path(), variables, &all);
        run.assert_done();
        run.document()["place"].as_str().unwrap().to_owned()
    };
    fs::write(
        folder.path().join(".env"),
        "# where the files are\nCUSIP_FILE_DIR=dot-env\n",
    )
    .unwrap();
    let environment = [("CUSIP_FILE_DIR", "environment")];
    assert!(place(&[], &[]).ends_with("dot-env"));
    assert!(place(&[], &environment).ends_with("environment"));
    assert!(place(&["--file-dir", "flag"], &environment).ends_with("flag"));
}

#[test]
fn invalid_dot_env_is_an_error_that_shows_no_line() {
    let folder = tempdir().unwrap();
    fs::write(
        folder.path().join(".env"),
        "A=1\nCUSIP_DB_PASSWORD swordfish\n",
    )
    .unwrap();
    let run = cusip(folder.path(), &[], &["completions", "bash"]);
    run.assert_fails(2, &[".env", "line 2", "NAME=VALUE"]);
    assert!(!run.stderr.contains("swordfish"), "{run:?}");
}

#[test]
fn dot_env_takes_values_literally_and_names_unreadable_lines() {
    let folder = tempdir().unwrap();
    let file = folder.path().join(".env");
    write_synthetic_day(&folder.path().join("pif$files"), day(), 1, 1);
    fs::write(&file, "CUSIP_FILE_DIR=pif$files\n").unwrap();
    let run = cusip(folder.path(), &[], &["files", "--date", "2024-01-15"]);
    run.assert_done();
    fs::write(&file, "A=1\nCUSIP_DB_PASSWORD=sword fish\n").unwrap();
    let run = cusip(folder.path(), &[], &["completions", "bash"]);
    run.assert_fails(2, &["line 2", "between single quotes"]);
    assert!(!run.stderr.contains("fish"), "{run:?}");
}

#[test]
fn empty_variables_count_as_not_set() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    fs::write(&file, "999999|0\n").unwrap();
    let empty = [
        ("CUSIP_MAX_REJECTS", ""),
        ("CUSIP_LOG_FORMAT", ""),
        ("CUSIP_FILE_SOURCE", ""),
    ];
    cusip(folder.path(), &empty, &["check", file.to_str().unwrap()]).assert_done();
    let given = ["files", "--date", "2024-01-15", "--file-dir"];
    write_synthetic_day(folder.path(), day(), 1, 1);
    let given = [&given[..], &[folder.path().to_str().unwrap()]].concat();
    cusip(folder.path(), &empty, &given).assert_done();
}

#[test]
fn unused_bucket_setting_produces_a_warning() {
    let folder = tempdir().unwrap();
    let files = ["files", "--date", "2024-01-15"];
    let bucket = [("CUSIP_S3_BUCKET", "shared")];
    let run = cusip(folder.path(), &bucket, &files);
    run.assert_fails(4, &["CUSIP_S3_BUCKET is set", "set CUSIP_FILE_SOURCE=s3"]);
    let prefix = [&files[..], &["--s3-prefix", "x"]].concat();
    let run = cusip(folder.path(), &bucket, &prefix);
    run.assert_fails(2, &["--s3-prefix has no effect on a folder", "--s3-bucket"]);
}

#[test]
fn password_with_an_at_sign_in_a_url_is_not_mistaken_for_the_host() {
    let folder = tempdir().unwrap();
    let url = "postgresql://ada:sword@fish@localhost/cusip";
    let run = cusip(folder.path(), &[], &["jobs", "--database-url", url]);
    run.assert_fails(2, &["write @ in a password", "%40"]);
    assert!(!run.stderr.contains("fish"), "{run:?}");
}

#[test]
fn s3_without_a_bucket_says_how_to_name_one() {
    let folder = tempdir().unwrap();
    let s3 = [("CUSIP_FILE_SOURCE", "s3")];
    let run = cusip(folder.path(), &s3, &["files", "--date", "2024-01-15"]);
    run.assert_fails(2, &["--s3-bucket", "CUSIP_S3_BUCKET"]);
}
