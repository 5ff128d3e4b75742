//! Data that outlives its server.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cusip_embedded::{Server, ServerOptions};
use rustix::process::Signal;

use crate::client::{eventually, query, signal};

#[test]
fn data_stays_across_servers_with_new_settings_and_a_second_database() {
    let parent = open_folder();
    let folder = parent.path().join("a folder, with a comma");

    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert!(server.data_folder().starts_with(&folder));
    assert!(server.log_path().starts_with(&folder));
    for name in [
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "data_checksums",
    ] {
        assert_eq!(query(&server, &format!("SHOW {name}")), "on", "{name}");
    }
    query(&server, "CREATE TABLE kept AS SELECT 42 AS answer");
    let socket_folder = server.socket_folder().to_owned();
    server.stop().unwrap();
    assert!(!socket_folder.exists());

    let options = ServerOptions::persistent(&folder).setting("work_mem", "9MB");
    let server = Server::start(options).unwrap();
    assert_eq!(query(&server, "SELECT answer FROM kept"), "42");
    assert_eq!(query(&server, "SHOW work_mem"), "9MB");
    drop(server);

    let server = Server::start(ServerOptions::persistent(&folder).database("second")).unwrap();
    assert_eq!(query(&server, "SELECT current_database()"), "second");
    assert_eq!(
        query(
            &server,
            "SELECT count(*) FROM pg_database WHERE datname = 'cusip'"
        ),
        "1"
    );
}

#[test]
fn data_survives_a_crash_of_the_server() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    query(&server, "CREATE TABLE kept AS SELECT 42 AS answer");
    signal(server.process_id(), Signal::KILL);
    eventually("the server's end is noticed", || !server.is_running());
    drop(server);

    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!(query(&server, "SELECT answer FROM kept"), "42");
}

#[test]
fn interrupted_first_start_is_repeated() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    // The server rejects this setting, but `initdb` does not see it.
    Server::start(ServerOptions::persistent(&folder).setting("shared_buffers", "nonsense"))
        .unwrap_err();
    let data_folder = folder.join("data");
    fs::rename(&data_folder, folder.join("data.new")).unwrap();
    fs::remove_file(folder.join("data.new/PG_VERSION")).unwrap();

    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!(query(&server, "SELECT 1"), "1");
    assert!(!folder.join("data.new").exists());
}

/// Creates a folder that the server's account can enter if root runs the tests.
pub(crate) fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Creates a folder in which everyone may create files, like `/tmp`.
pub(crate) fn folder_like_tmp() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    folder
}
