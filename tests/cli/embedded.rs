//! `--embedded`: each command starts a private server, migrates it, and stops it.

use std::path::Path;

use cusip_test_support::{cusip, day, open_folder, write_synthetic_day};
use tempfile::tempdir;

fn server_runs_in(folder: &Path) -> bool {
    folder.join("data/postmaster.pid").exists()
}

#[test]
fn day_is_loaded_kept_and_looked_up_without_another_server() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 5, 4);
    let files = ["R", "E", "A"].map(|letter| folder.path().join(format!("CED01-15{letter}.PIP")));
    let data = data.to_str().unwrap();
    let files = files.each_ref().map(|file| file.to_str().unwrap());
    let load = [
        "load",
        "--embedded",
        data,
        "--output",
        "json",
        files[0],
        files[1],
        files[2],
    ];
    let run = cusip(load);
    run.assert_done();
    assert_eq!(run.document()["results"][1]["rows_inserted"], 20);
    assert!(!server_runs_in(Path::new(data)));
    let run = cusip(load);
    run.assert_done();
    assert_eq!(run.document()["results"][1]["rows_unchanged"], 20);
    assert_eq!(run.document()["job_id"], 2);
    let run = cusip(["search", "--embedded", data, "--output", "json", "a"]);
    run.assert_done();
    assert!(!server_runs_in(Path::new(data)));
}

#[test]
fn file_in_place_of_the_folder_is_explained() {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    let files = ["R", "E"].map(|letter| folder.path().join(format!("CED01-15{letter}.PIP")));
    let files = files.each_ref().map(|file| file.to_str().unwrap());
    let run = cusip(["load", "--embedded", files[0], files[1]]);
    run.assert_fails(
        2,
        &[
            "is a file, not a folder",
            "put `--embedded` after the files",
        ],
    );
}

#[test]
fn folder_path_need_not_be_utf8() {
    use std::os::unix::ffi::OsStrExt as _;

    let parent = open_folder();
    let data = parent.path().join(std::ffi::OsStr::from_bytes(b"priv\xe9"));
    let arguments = [
        "search".as_ref(),
        "apple".as_ref(),
        "--embedded".as_ref(),
        data.as_os_str(),
    ];
    cusip(arguments).assert_done();
}

#[test]
fn folder_with_other_files_is_left_untouched() {
    let parent = open_folder();
    std::fs::write(parent.path().join("thesis.txt"), "years of work").unwrap();
    let run = cusip(["migrate", "--embedded", parent.path().to_str().unwrap()]);
    run.assert_fails(
        5,
        &[
            parent.path().to_str().unwrap(),
            "was not created by an embedded server",
        ],
    );
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
}
