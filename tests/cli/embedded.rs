//! `--embedded`: each command starts a private server, migrates it, and stops it, or shares a running
//! one.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;

use cusip_pif::FileKind;
use cusip_test_support::{
    Running, TestDatabase, TwoDays, await_copy, cusip, cusip_in, day, eventually, open_folder,
    write_synthetic_day,
};
use tempfile::tempdir;

fn server_runs_in(folder: &Path) -> bool {
    folder.join("data/postmaster.pid").exists()
}

fn embedded(folder: &Path) -> OsString {
    let mut option = OsString::from("--embedded=");
    option.push(folder);
    option
}

#[test]
fn day_is_loaded_kept_and_looked_up_without_another_server() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 5, 4);
    let files = ["R", "E", "A"].map(|letter| folder.path().join(format!("CED01-15{letter}.PIP")));
    let option = embedded(&data);
    let load = || {
        let words = ["load", "--output", "json"].map(OsStr::new);
        let files = files.iter().map(|file| file.as_os_str());
        let run = cusip(words.into_iter().chain([&*option]).chain(files));
        run.assert_done();
        run.document()
    };
    assert_eq!(load()["results"][1]["rows_inserted"], 20);
    assert!(!server_runs_in(&data));
    let document = load();
    assert_eq!(document["results"][1]["rows_unchanged"], 20);
    assert_eq!(document["job_id"], 2);
    cusip([OsStr::new("search"), &option, OsStr::new("xyzzy")])
        .assert_fails(1, &["no security has all words"]);
    assert!(!server_runs_in(&data));
}

#[test]
fn commands_share_the_server_of_a_running_load_and_outlive_it() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let option = embedded(&data);
    let days = TwoDays::write();
    let (load, mut pipe, [content, rest]) = days.load_second_through_pipe(FileKind::Issuer);
    let load = load.into_iter().map(OsString::from);
    let loader = Running::start(load.chain([option.clone()]));
    pipe.write(&content);
    let mut database = None;
    eventually("the server accepts connections", || {
        database = TestDatabase::of_private_server(&data);
        database.is_some()
    });
    await_copy(&database.unwrap(), FileKind::Issuer);

    let jobs = cusip([OsStr::new("jobs"), &option]);
    jobs.assert_done();
    assert!(jobs.stdout.contains("running"), "{jobs:?}");
    // The last word of a running load comes after other commands have joined and left.
    let mut searches: Vec<_> = (0..3)
        .map(|_| Running::start([OsStr::new("search"), OsStr::new("a"), &option]))
        .collect();
    eventually("the searches end", || {
        searches.iter_mut().all(Running::has_ended)
    });
    assert!(server_runs_in(&data));
    for search in searches {
        let ended = search.end();
        ended.assert_fails(1, &["no security has all words"]);
    }
    pipe.end(&rest);
    loader.end().assert_done();
    assert!(!server_runs_in(&data));
}

#[test]
fn commands_that_start_at_once_share_one_new_server() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let option = embedded(&data);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| cusip([OsStr::new("jobs"), &option]).assert_done().code);
        }
    });
    assert!(!server_runs_in(&data));
}

#[test]
fn log_says_how_psql_connects_to_the_server() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let days = TwoDays::write();
    let (load, mut pipe, [content, rest]) = days.load_second_through_pipe(FileKind::Issuer);
    let load = load.into_iter().map(OsString::from);
    let options = [embedded(&data), "--log=info".into()];
    let loader = Running::start(load.chain(options));
    pipe.write(&content);
    loader.await_message("psql \"");
    let messages = loader.messages();
    let connection = messages.split("psql \"").nth(1).unwrap();
    let connection = connection.split('"').next().unwrap();
    let psql = Command::new("psql")
        .args(["-XAt", "-c", "select current_database()", connection])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&psql.stdout), "cusip\n", "{psql:?}");
    pipe.end(&rest);
    loader.end().assert_done();
}

#[test]
fn variable_names_the_folder_unless_a_flag_names_another_database() {
    let parent = open_folder();
    let data = parent.path().join("private");
    let variable = [("CUSIP_EMBEDDED", data.to_str().unwrap())];
    let elsewhere = [
        ["--host", "/nonexistent"],
        ["--database-url", "postgresql://user@127.0.0.1:1/db"],
    ];
    for [flag, value] in elsewhere {
        let run = cusip_in(parent.path(), variable, ["jobs", flag, value]);
        run.assert_fails(5, &[]);
    }
    assert!(!data.exists());
    cusip_in(parent.path(), variable, ["jobs"]).assert_done();
    assert!(data.exists());
}

#[test]
fn file_in_place_of_the_folder_is_explained() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("CED01-15R.PIP");
    fs::write(&file, "999999|0\n").unwrap();
    let run = cusip([OsStr::new("jobs"), &embedded(&file)]);
    run.assert_fails(2, &["CED01-15R.PIP is a file; name a folder"]);
}

#[test]
fn folder_path_need_not_be_utf8() {
    let parent = open_folder();
    let data = parent.path().join(OsStr::from_bytes(b"priv\xe9"));
    cusip([OsStr::new("jobs"), &*embedded(&data)]).assert_done();
}

#[test]
fn folder_with_other_files_is_left_untouched() {
    let parent = open_folder();
    fs::write(parent.path().join("thesis.txt"), "years of work").unwrap();
    let run = cusip([OsStr::new("migrate"), &embedded(parent.path())]);
    run.assert_fails(
        5,
        &[
            parent.path().to_str().unwrap(),
            "was not created by an embedded server",
            "--embedded=DIR",
        ],
    );
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
}
