//! Several users of one server.

use std::fs;
use std::thread;

use cusip_embedded::{Error, Server, ServerOptions};
use rustix::process::Signal;

use crate::client::{eventually, processes_naming, query, signal};
use crate::data::open_folder;
use crate::owner::{Owner, owner};

#[test]
fn second_user_shares_the_server_and_the_last_one_stops_it() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let first = Server::start(ServerOptions::persistent(&folder)).unwrap();
    let second = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!((first.was_running(), second.was_running()), (false, true));
    assert_eq!(first.process_id(), second.process_id());
    assert_eq!(first.connection_string(), second.connection_string());
    assert_eq!(first.version(), second.version());

    let (process, socket_folder) = (first.process_id(), first.socket_folder().to_owned());
    first.stop().unwrap();
    assert_eq!(query(&second, "SELECT 1"), "1");
    let third = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!(third.process_id(), process);
    drop(second);
    assert_eq!(query(&third, "SELECT 1"), "1");
    third.stop().unwrap();
    assert!(!folder.join("data/postmaster.pid").exists());
    eventually("the folder is gone", || !socket_folder.exists());
}

#[test]
fn users_that_come_and_go_at_once_all_have_a_server() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
                    assert_eq!(query(&server, "SELECT 1"), "1");
                    server.stop().unwrap();
                }
            });
        }
    });
    assert!(!folder.join("data/postmaster.pid").exists());
}

#[test]
fn server_outlives_its_killed_starter_until_the_other_user_leaves() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let mut starter = Owner::start(owner("returns", Some(&folder)));
    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!(server.process_id(), starter.server_process);
    starter.process.kill().unwrap();
    starter.process.wait().unwrap();
    assert_eq!(query(&server, "SELECT 1"), "1");
    server.stop().unwrap();
    assert!(!folder.join("data/postmaster.pid").exists());
    starter.assert_nothing_is_left();
}

#[test]
fn killed_guest_does_not_keep_the_server_running() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    let mut guest = Owner::start(owner("returns", Some(&folder)));
    assert_eq!(server.process_id(), guest.server_process);
    guest.process.kill().unwrap();
    guest.process.wait().unwrap();
    assert_eq!(query(&server, "SELECT 1"), "1");
    server.stop().unwrap();
    guest.assert_nothing_is_left();
}

#[test]
fn server_ends_when_all_its_users_are_killed() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let mut starter = Owner::start(owner("returns", Some(&folder)));
    let mut guest = Owner::start(owner("returns", Some(&folder)));
    for user in [&mut starter, &mut guest] {
        user.process.kill().unwrap();
        user.process.wait().unwrap();
    }
    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!(query(&server, "SELECT 1"), "1");
    assert_ne!(server.process_id(), starter.server_process);
    guest.assert_nothing_is_left();
}

#[test]
fn last_guest_reports_a_crash_of_the_server() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let starter = Server::start(ServerOptions::persistent(&folder)).unwrap();
    let guest = Server::start(ServerOptions::persistent(&folder)).unwrap();
    starter.stop().unwrap();
    signal(guest.process_id(), Signal::KILL);
    eventually("the server's end is noticed", || !guest.is_running());
    let error = guest.stop().unwrap_err();
    assert!(matches!(error, Error::Ended { .. }), "{error:?}");

    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!(query(&server, "SELECT 1"), "1");
}

#[test]
fn guests_leave_nothing_behind() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    let guest = Server::start(ServerOptions::persistent(&folder)).unwrap();
    let confirmations = fs::read_dir(server.socket_folder()).unwrap();
    let names = confirmations.map(|entry| entry.unwrap().file_name());
    assert!(
        !names
            .into_iter()
            .any(|name| name.to_string_lossy().starts_with("joined"))
    );
    drop(guest);
    drop(server);
    let name = folder.to_string_lossy();
    assert_eq!(processes_naming(&name), Vec::<String>::new());
}
