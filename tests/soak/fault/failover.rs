//! Standbys that take over.

use std::path::Path;
use std::process::Command;
use std::thread;

use cusip_test_support::{TestServer, eventually};
use fastrand::Rng;

use crate::told::Told;
use crate::world::World;

const REPLICATION: [(&str, &str); 5] = [
    ("wal_level", "replica"),
    ("max_wal_senders", "4"),
    ("hot_standby", "on"),
    ("max_wal_size", "64MB"),
    ("min_wal_size", "32MB"),
];

/// A commit waits for the standby, so that a failover loses none.
const SYNCHRONOUS: [(&str, &str); 1] = [("synchronous_standby_names", "*")];

/// Ends the server during a load, and lets a standby that has all commits take over.
pub(super) fn fail_over(
    world: &mut World,
    rng: &mut Rng,
    end: impl FnOnce(TestServer),
) -> Vec<Told> {
    let folder = world.folder().to_owned();
    let copy = world.disk.path().join(format!("server-{}", rng.u32(1..)));
    world.give_server().stop();
    // A copy of a server with another `wal_level` cannot follow.
    TestServer::start_with(&folder, &REPLICATION).stop();
    copy_all(&folder, &copy);
    let primary = TestServer::start_with(&folder, &[&REPLICATION[..], &SYNCHRONOUS].concat());
    let standby = start_standby(&copy, &primary);
    world.take_server(primary);

    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    end(world.give_server());
    let promoted = standby.existing_database().query("select pg_promote()");
    assert_eq!(promoted, [["t"]]);
    world.move_to(copy, standby);
    vec![load.end()]
}

/// Starts a server on a copy of the primary's data, and waits until it follows the primary.
fn start_standby(folder: &Path, primary: &TestServer) -> TestServer {
    let data = folder.join("data");
    // A copy has the owner, who must own this file, too.
    copy_all(&data.join("PG_VERSION"), &data.join("standby.signal"));
    let options = primary.existing_database().arguments();
    let [host, port, user] = [1, 3, 7].map(|position| &options[position]);
    let connection = format!("host={host} port={port} user={user}");
    let settings = [&REPLICATION[..], &[("primary_conninfo", &connection)]].concat();
    let standby = TestServer::start_with(folder, &settings);
    eventually("the standby follows", || {
        let following = "select sync_state from pg_stat_replication where state = 'streaming'";
        primary.existing_database().query(following) == [["sync"]]
    });
    standby
}

fn copy_all(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("cp is installed").success());
}
