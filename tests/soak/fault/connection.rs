//! Connections to the database.

use std::thread;
use std::time::Duration;

use cusip_test_support::{CuttingProxy, DatabaseGate, Running};
use fastrand::Rng;

use crate::told::Told;
use crate::world::World;

/// A load sends about as much as it reads. Some cuts come too late.
fn bytes(world: &World, rng: &mut Rng) -> usize {
    let most = world.bytes() + world.bytes() / 4;
    usize::try_from(rng.u64(0..=most)).expect("the files are small")
}

/// Cuts the connection, or, if `is_final`, all later ones, too.
pub(super) fn cut(world: &World, rng: &mut Rng, is_final: bool) -> Vec<Told> {
    let proxy = CuttingProxy::start(world.database(), bytes(world, rng), is_final);
    let load = Running::start(world.load().into_iter().chain(proxy.arguments()));
    vec![Told::by_exit(&load.end())]
}

/// Forwards nothing for a while.
pub(super) fn stall(world: &World, rng: &mut Rng) -> Vec<Told> {
    let gate = DatabaseGate::start(world.database(), bytes(world, rng));
    let load = Running::start(world.load().into_iter().chain(gate.arguments()));
    thread::sleep(world.moment(rng) + Duration::from_secs(rng.u64(0..=3)));
    gate.open();
    vec![Told::by_exit(&load.end())]
}
