//! Days that are loaded while everything around the load fails at random moments.
//!
//! A round injects one fault into a load, and then checks all accounts. Each kind of fault occurs before
//! any occurs again. By default, the soak ends when each has occurred once; with `SOAK_MINUTES`, it goes
//! on that long. `SOAK_SEED` repeats the choices of an earlier soak, or of one of its databases: each
//! one's seed is printed. Moments are fractions of the time that a load takes, so they differ a little.

// Only Linux has a file system in memory that can be mounted small, and libfaketime.
#![cfg(target_os = "linux")]

mod accounts;
mod disk;
mod fault;
mod tally;
mod told;
mod world;

use std::env;
use std::time::{Duration, Instant};

use fastrand::Rng;

use self::accounts::Accounts;
use self::tally::{Tally, say};
use self::told::Told;
use self::world::World;

/// The seed of a soak without `SOAK_SEED`, the same each time so that a failure can be repeated.
const SEED: u64 = 21;

/// The most faults that hit the loads of one day before it is loaded in peace.
const MOST_FAULTS: usize = 3;

#[test]
fn loads_keep_their_accounts_whatever_fails() {
    let minutes: Option<u64> = variable("SOAK_MINUTES");
    let mut seed = variable("SOAK_SEED").unwrap_or(SEED);
    let started = Instant::now();
    let mut tally = Tally::default();
    let goes_on = |tally: &Tally| match minutes {
        Some(minutes) => started.elapsed() < Duration::from_secs(60 * minutes),
        None => !tally.has_every_fault(),
    };
    while goes_on(&tally) {
        live_through_days(seed, &mut tally, &goes_on);
        seed = seed.wrapping_add(1);
    }
    tally.print(started.elapsed());
}

fn variable(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is no number")),
    )
}

/// Loads the days of one database, each after a few faults.
fn live_through_days(seed: u64, tally: &mut Tally, goes_on: &impl Fn(&Tally) -> bool) {
    let mut rng = Rng::with_seed(seed);
    let mut world = World::new(seed, &mut rng);
    say(&format!("SOAK_SEED={seed}: {}", world.description()));
    for day in 0..world.days() {
        world.turn_to(day);
        for _ in 0..rng.usize(1..=MOST_FAULTS) {
            if !goes_on(tally) {
                return world.end();
            }
            let fault = tally.next_fault(&mut rng);
            let accounts = Accounts::open(&world);
            let told = fault.inject(&mut world, &mut rng);
            world.recover();
            let is_loaded =
                accounts.check(&world, &told, &format!("seed {seed}, day {day}: {fault:?}"));
            say(&format!("  {fault:?}: {told:?}"));
            tally.count(fault, &told, is_loaded);
            if is_loaded {
                break;
            }
        }
        let accounts = Accounts::open(&world);
        let told = world.load_in_peace();
        assert_eq!(told, Told::Loaded);
        accounts.check(
            &world,
            &[told],
            &format!("seed {seed}, day {day}: no fault"),
        );
        Accounts::check_history(&world);
        tally.count_peace();
        world.measure();
    }
    world.end();
}
