//! The database server, its processes and its disk.

use std::thread;

use cusip_test_support::{Signal, TestServer};
use fastrand::Rng;
use rustix::process::{Pid, kill_process as send};

use crate::told::Told;
use crate::world::World;

/// About what a load writes, so that a disk with less space becomes full during the load.
const WRITTEN_PER_BYTE: u64 = 6;

pub(super) fn kill(world: &mut World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    signal_kill(world.server());
    vec![load.end()]
}

/// Kills a server's main process, which ends the others.
pub(super) fn signal_kill(server: &TestServer) {
    cusip_test_support::signal(server.process(), Signal::KILL);
}

pub(super) fn restart(world: &mut World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    world.give_server().stop();
    world.start_server();
    vec![load.end()]
}

/// Kills any one process of the server, which then ends all sessions and recovers.
pub(super) fn kill_process(world: &World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    let processes = "select pid from pg_stat_activity where pid <> pg_backend_pid()";
    let processes = world.database().query(processes).concat();
    if let Some(process) = rng.choice(processes) {
        let process = process.parse().ok().and_then(Pid::from_raw);
        // It may have ended.
        let _ = send(process.expect("a number"), Signal::KILL);
    }
    vec![load.end()]
}

pub(super) fn end_sessions(world: &World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    world.database().execute(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()
             and backend_type = 'client backend'",
    );
    vec![load.end()]
}

/// Fills the disk except for less than a load needs, before or during a load.
pub(super) fn fill_disk(world: &World, rng: &mut Rng) -> Vec<Told> {
    let left = rng.u64(0..=world.bytes() * WRITTEN_PER_BYTE);
    let early = rng.bool().then(|| world.disk.fill(left));
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    let late = early.is_none().then(|| world.disk.fill(left));
    let told = load.end();
    drop((early, late));
    vec![told]
}
