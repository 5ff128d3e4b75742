//! `cusip synth`: a day of synthetic files.

use std::fs;

use cusip_test_support::cusip;
use tempfile::tempdir;

#[test]
fn real_deliveries_are_not_overwritten() {
    let folder = tempdir().unwrap();
    let real = folder.path().join("ced11-23e.pip");
    fs::write(&real, "a real delivery").unwrap();
    let folder_name = folder.path().to_str().unwrap();
    let synth = [
        "synth",
        folder_name,
        "--date",
        "2026-11-23",
        "--issuers",
        "2",
    ];
    let run = cusip(synth);
    run.assert_fails(1, &["ced11-23e.pip\" already exists", "--overwrite"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), "a real delivery");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let other_day = [
        "synth",
        folder_name,
        "--date",
        "2026-11-24",
        "--issuers",
        "2",
    ];
    cusip(other_day).assert_done();
    cusip(other_day).assert_fails(1, &["CED11-24"]);
    cusip(other_day.into_iter().chain(["--overwrite"])).assert_done();
}
