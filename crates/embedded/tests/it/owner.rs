//! The server ends with its owner, however the owner ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cusip_embedded::{Server, ServerOptions};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::client::{eventually, processes_naming, query, query_at, signal};
use crate::data::{folder_like_tmp, open_folder};

const OWNER: &str = env!("CARGO_BIN_EXE_cusip-embedded-owner");

/// A process that owns a server.
pub(crate) struct Owner {
    pub(crate) process: Child,
    socket_folder: PathBuf,
    pub(crate) server_process: u32,
    data_folder: PathBuf,
}

impl Owner {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let lines: Vec<_> = lines.take(3).map(Result::unwrap).collect();
        let [socket_folder, server_process, data_folder] = lines.try_into().unwrap();
        Self {
            process,
            socket_folder: socket_folder.into(),
            server_process: server_process.parse().unwrap(),
            data_folder: data_folder.into(),
        }
    }

    fn connection(&self) -> String {
        let folder = self.socket_folder.display();
        format!("host={folder} user=cusip_app dbname=cusip")
    }

    pub(crate) fn assert_nothing_is_left(&self) {
        let name = self.socket_folder.to_string_lossy();
        eventually("the folder is gone", || !self.socket_folder.exists());
        eventually("the processes are gone", || {
            processes_naming(&name).is_empty()
        });
    }
}

pub(crate) fn owner(how_it_ends: &str, folder: Option<&Path>) -> Command {
    let mut command = Command::new(OWNER);
    command.arg(how_it_ends).args(folder);
    command
}

#[test]
fn server_in_a_static_ends_when_its_process_returns_from_main() {
    assert_ended_by("returns", Some(0));
}

#[test]
fn server_in_a_static_ends_when_its_process_exits() {
    assert_ended_by("exits", Some(0));
}

#[test]
fn server_ends_when_its_process_panics() {
    assert_ended_by("panics", Some(101));
}

fn assert_ended_by(how: &str, code: Option<i32>) {
    let mut command = owner(how, None);
    command.stderr(Stdio::null());
    let mut owner = Owner::start(command);
    drop(owner.process.stdin.take());
    assert_eq!(owner.process.wait().unwrap().code(), code);
    owner.assert_nothing_is_left();
}

#[test]
fn server_of_a_killed_owner_ends_and_its_data_is_removed() {
    let mut owner = Owner::start(owner("returns", None));
    assert!(owner.data_folder.starts_with(&owner.socket_folder));
    owner.process.kill().unwrap();
    assert_eq!(owner.process.wait().unwrap().signal(), Some(9));
    owner.assert_nothing_is_left();
}

#[test]
fn folder_of_a_killed_owner_can_be_used_again_immediately() {
    let parent = open_folder();
    let folder = parent.path().join("data");
    let mut owner = Owner::start(owner("returns", Some(&folder)));
    query_at(
        &owner.connection(),
        "CREATE TABLE kept AS SELECT 42 AS answer",
    );
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();

    let server = Server::start(ServerOptions::persistent(&folder)).unwrap();
    assert_eq!(query(&server, "SELECT answer FROM kept"), "42");
    owner.assert_nothing_is_left();
}

#[test]
fn owner_killed_during_the_start_leaves_nothing_behind() {
    let temporary = folder_like_tmp();
    let mut process = owner("returns", None)
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let name = temporary.path().to_string_lossy();
    // When `initdb` runs, the supervisor runs, too.
    eventually("initdb runs", || {
        processes_naming(&name)
            .iter()
            .any(|line| line.contains("initdb"))
    });
    process.kill().unwrap();
    process.wait().unwrap();
    eventually("the processes are gone", || {
        processes_naming(&name).is_empty()
    });
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}

/// The server's account removes the run folder, but may not write where root may.
#[test]
fn run_folder_is_removed_even_if_the_server_may_not_write_to_tmpdir() {
    let temporary = open_folder();
    let mut command = owner("returns", None);
    command.env("TMPDIR", temporary.path());
    let mut owner = Owner::start(command);
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    owner.assert_nothing_is_left();
}

#[test]
fn server_ends_even_if_its_supervisor_was_killed_first() {
    let mut owner = Owner::start(owner("returns", None));
    let name = owner.socket_folder.to_string_lossy().into_owned();
    signal(parent_of(owner.server_process), Signal::KILL);
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    eventually("the processes are gone", || {
        processes_naming(&name).is_empty()
    });
    std::fs::remove_dir_all(&owner.socket_folder).unwrap();
}

/// Service managers signal all processes of a service.
#[test]
fn supervisor_ignores_signals_while_its_owner_lives() {
    let mut owner = Owner::start(owner("returns", None));
    for kind in [Signal::TERM, Signal::INT, Signal::HUP] {
        signal(parent_of(owner.server_process), kind);
    }
    assert_eq!(
        query_at(&owner.connection(), "SELECT 'still here'"),
        "still here"
    );
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    owner.assert_nothing_is_left();
}

/// Ctrl-C goes to the foreground process group. A program with a handler may want to finish its work.
#[test]
fn interrupt_of_the_owners_process_group_does_not_reach_the_server() {
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"trap '' INT; exec "$0" returns"#, OWNER])
        .process_group(0);
    let mut owner = Owner::start(command);
    let group = Pid::from_raw(owner.process.id().cast_signed()).unwrap();
    kill_process_group(group, Signal::INT).unwrap();

    assert_eq!(
        query_at(&owner.connection(), "SELECT 'still here'"),
        "still here"
    );
    kill_process_group(group, Signal::KILL).unwrap();
    owner.process.wait().unwrap();
    owner.assert_nothing_is_left();
}

fn parent_of(process: u32) -> u32 {
    let output = Command::new("ps")
        .args(["-o", "ppid=", "-p", &process.to_string()])
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}
