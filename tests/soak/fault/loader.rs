//! Programs that load, and what interrupts them.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;

use cusip_test_support::api::TOKEN;
use cusip_test_support::{Running, Signal};
use fastrand::Rng;

use crate::told::Told;
use crate::world::{Load, World};

const MOST_LOADS_AT_ONCE: usize = 4;

pub(super) fn cancel_by_signal(world: &World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_command();
    thread::sleep(world.moment(rng));
    load.signal(if rng.bool() {
        Signal::INT
    } else {
        Signal::TERM
    });
    end_or_signaled(load)
}

/// Returns what a load's caller was told, unless it was so early that the signal ended the program.
fn end_or_signaled(mut load: Running) -> Vec<Told> {
    cusip_test_support::eventually("the load ends", || load.has_ended());
    match load.kill_unless_ended() {
        Some(run) => vec![Told::by_exit(&run)],
        None => vec![Told::Unknown],
    }
}

pub(super) fn cancel_by_command(world: &World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    if let Some(job) = running_job(world) {
        world.cusip(["jobs", "cancel", &job]);
    }
    vec![load.end()]
}

pub(super) fn cancel_by_request(world: &World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_load(rng);
    thread::sleep(world.moment(rng));
    if let Some(job) = running_job(world) {
        let answer = world
            .api()
            .request("DELETE", &format!("/jobs/{job}"))
            .send();
        assert!([200, 202, 409].contains(&answer.status), "{answer:?}");
    }
    vec![load.end()]
}

fn running_job(world: &World) -> Option<String> {
    let running = "select id from load_job where status = 'running'";
    world.database().query(running).concat().pop()
}

pub(super) fn kill(world: &World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_command();
    thread::sleep(world.moment(rng));
    match load.kill_unless_ended() {
        Some(run) => vec![Told::by_exit(&run)],
        None => vec![Told::Unknown],
    }
}

pub(super) fn stop_for_a_while(world: &World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_command();
    thread::sleep(world.moment(rng));
    load.signal(Signal::STOP);
    thread::sleep(world.moment(rng));
    load.signal(Signal::CONT);
    vec![Told::by_exit(&load.end())]
}

pub(super) fn kill_api(world: &mut World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_request();
    thread::sleep(world.moment(rng));
    world.give_api().kill();
    vec![load.end()]
}

pub(super) fn shut_down_api(world: &mut World, rng: &mut Rng) -> Vec<Told> {
    let load = world.start_request();
    thread::sleep(world.moment(rng));
    let api = world.give_api();
    api.signal(Signal::TERM);
    let told = load.end();
    api.end().assert_done();
    vec![told]
}

/// Disconnects before the response comes. The load goes on.
pub(super) fn leave_request(world: &World, rng: &mut Rng) -> Vec<Told> {
    let mut client = TcpStream::connect(world.api().address()).expect("the API listens");
    let body = format!("{{\"date\": \"{}\"}}", world.date());
    write!(
        client,
        "POST /jobs/load-all HTTP/1.1\r\nhost: soak\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("the API reads");
    thread::sleep(world.moment(rng));
    vec![Told::Unknown]
}

pub(super) fn load_at_once(world: &World, rng: &mut Rng) -> Vec<Told> {
    let loads = rng.usize(2..=MOST_LOADS_AT_ONCE);
    let loads: Vec<_> = (0..loads)
        .map(|_| {
            let load = world.start_load(rng);
            thread::sleep(world.moment(rng).div_f64(4.0));
            load
        })
        .collect();
    let told: Vec<_> = loads.into_iter().map(Load::end).collect();
    assert!(told.contains(&Told::Loaded), "{told:?}");
    told
}

/// Reads and migrates while a load runs, which must disturb neither.
pub(super) fn read_meanwhile(world: &World, rng: &mut Rng) -> Vec<Told> {
    // Before the first load, there are no changes to read.
    let is_loaded = cusip_test_support::master_rows(&world.database()) != [0; 3];
    let commands: [&[&str]; 3] = [&["jobs"], &["migrate"], &["changes", "--since-job", "0"]];
    let commands = &commands[..if is_loaded { 3 } else { 2 }];
    let load = world.start_load(rng);
    for _ in 0..rng.usize(1..=4) {
        let command = *rng.choice(commands).expect("there are some");
        let run = world.cusip(command.iter().copied());
        // A migration waits for no load.
        let is_busy = run.code == 6 && command == ["migrate"];
        assert!(run.code == 0 || is_busy, "{command:?}: {run:?}");
    }
    let told = load.end();
    // A load does not wait for a migration, either.
    assert_ne!(told, Told::Unknown);
    vec![told]
}
