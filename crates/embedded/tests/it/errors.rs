//! Errors and their texts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cusip_embedded::{Error, Server, ServerOptions};

use crate::client::processes_naming;
use crate::data::{folder_like_tmp, open_folder};

#[test]
fn folder_with_other_contents_is_an_error_and_left_unchanged() {
    let folder = open_folder();
    fs::write(folder.path().join("thesis.tex"), "all my work").unwrap();
    let error = Server::start(ServerOptions::persistent(folder.path())).unwrap_err();
    assert!(matches!(&error, Error::ForeignFolder { folder: named } if named == folder.path()));
    assert!(
        error
            .to_string()
            .contains("was not created by an embedded server"),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn file_in_place_of_the_folder_is_an_error() {
    let folder = open_folder();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = Server::start(ServerOptions::persistent(&file)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot open '{}'", file.display())
    );
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "Not a directory (os error 20)"
    );
}

#[test]
fn server_that_cannot_start_is_reported_with_the_end_of_its_log() {
    let temporary = folder_like_tmp();
    let output = Command::new(env!("CARGO_BIN_EXE_cusip-embedded-owner"))
        .arg("fails")
        .env("TMPDIR", temporary.path())
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    let (first, excerpt) = message.split_once('\n').unwrap();
    assert_eq!(
        first,
        "the server ended while starting (exit status: 1); its log ends with:"
    );
    assert!(
        excerpt.contains("invalid value for parameter \"shared_buffers\": \"nonsense\""),
        "{message}"
    );
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn log_of_a_persistent_server_stays() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let options = ServerOptions::persistent(&folder).setting("no_such_setting", "1");
    let error = Server::start(options).unwrap_err();
    let Error::Start { log: Some(log), .. } = &error else {
        panic!("{error:?}");
    };
    assert!(
        error.to_string().contains(&log.display().to_string()),
        "{error}"
    );
    assert!(fs::read_to_string(log).unwrap().contains("no_such_setting"));
}

#[test]
fn server_that_does_not_start_in_time_is_stopped_and_reported() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let options = ServerOptions::persistent(&folder).startup_timeout(Duration::ZERO);
    let error = Server::start(options).unwrap_err();
    assert!(
        matches!(
            error,
            Error::StartTimeout {
                seconds: 0,
                log: Some(_),
                ..
            }
        ),
        "{error:?}"
    );
    let name = folder.to_string_lossy();
    assert_eq!(processes_naming(&name), Vec::<String>::new());
}

#[test]
fn server_started_by_hand_is_reported_by_postgres() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    let pid_file = server.data_folder().join("postmaster.pid");
    let pid_file_text = fs::read_to_string(&pid_file).unwrap();
    server.stop().unwrap();
    // Looks as if a server had been started in the folder by hand.
    let other = Server::start(ServerOptions::temporary()).unwrap();
    let (_, rest) = pid_file_text.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{}\n{rest}", other.process_id())).unwrap();

    let error = Server::start(ServerOptions::persistent(&folder)).unwrap_err();
    let expected = format!("Is another postmaster (PID {}) running", other.process_id());
    assert!(error.to_string().contains(&expected), "{error}");
}

#[test]
fn data_of_another_major_version_is_an_error_with_both_versions() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    let version = server.version().to_owned();
    let version_file = server.data_folder().join("PG_VERSION");
    server.stop().unwrap();
    fs::write(&version_file, "12\n").unwrap();

    let error = Server::start(ServerOptions::persistent(&folder)).unwrap_err();
    let Error::OtherVersion {
        data_version,
        version: found,
        ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!((data_version, found), (&"12".to_owned(), &version));
}

#[test]
fn invalid_database_name_is_an_error() {
    for name in ["", "a\0b"] {
        let error = Server::start(ServerOptions::temporary().database(name)).unwrap_err();
        assert!(matches!(error, Error::DatabaseName { .. }), "{error:?}");
    }
}

#[test]
fn folder_without_binaries_is_an_error() {
    let options = ServerOptions::temporary().binaries("/nonexistent");
    let error = Server::start(options).unwrap_err();
    assert!(
        matches!(&error, Error::InvalidBinaries { folder } if folder == Path::new("/nonexistent")),
        "{error:?}"
    );
}

/// Root's server account may not enter the folder; an ordinary user may not enter it either.
#[test]
fn folder_inside_an_inaccessible_one_is_an_error() {
    let parent = open_folder();
    let closed = parent.path().join("closed");
    fs::create_dir(&closed).unwrap();
    let folder = closed.join("data");
    let mode = if rustix::process::geteuid().is_root() {
        0o700
    } else {
        0
    };
    fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();

    let error = Server::start(ServerOptions::persistent(&folder)).unwrap_err();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(
        error
            .to_string()
            .contains(&format!("'{}", closed.display())),
        "{error}"
    );
    if let Error::Unreachable {
        folder: named,
        path,
        ..
    } = &error
    {
        assert_eq!((named, path), (&closed, &folder));
    }
    assert!(!folder.exists());
}
