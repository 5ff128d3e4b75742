//! A connection to the database that can stall during a load.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex};

use super::front::{Front, pass_on};
use crate::TestDatabase;

/// Forwards connections to the test's server, stalls after a number of bytes, and continues on request.
#[derive(Debug)]
pub struct DatabaseGate {
    front: Front,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    closes_after: usize,
    passed: Mutex<Passed>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Passed {
    bytes: usize,
    is_open: bool,
}

impl DatabaseGate {
    /// Starts a gate that closes after it has forwarded this many bytes to the server.
    pub fn start(database: TestDatabase, closes_after: usize) -> Self {
        let state = Arc::new(State {
            closes_after,
            passed: Mutex::default(),
            changed: Condvar::new(),
        });
        let shared = Arc::clone(&state);
        let front = Front::start(database, move |client, server| {
            pass(client, server, &shared)
        });
        Self { front, state }
    }

    /// Returns the database behind the gate.
    pub const fn database(&self) -> &TestDatabase {
        self.front.database()
    }

    /// Returns the options that connect through the gate.
    pub fn arguments(&self) -> Vec<String> {
        self.front.arguments()
    }

    /// Waits until the gate has closed.
    pub fn wait_until_closed(&self) {
        let state = &self.state;
        let passed = state.passed.lock().expect("no thread panics");
        let closed = |passed: &mut Passed| passed.bytes < state.closes_after;
        drop(state.changed.wait_while(passed, closed));
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.state.passed.lock().expect("no thread panics").is_open = true;
        self.state.changed.notify_all();
    }
}

fn pass(client: &UnixStream, server: &UnixStream, state: &State) -> io::Result<()> {
    pass_on(server, client, || true)?;
    let (mut from_client, mut to_server) = (client, server);
    let mut bytes = [0; 16 * 1024];
    loop {
        let length = from_client.read(&mut bytes)?;
        if length == 0 {
            return server.shutdown(Shutdown::Both);
        }
        let mut passed = state.passed.lock().expect("no thread panics");
        passed.bytes += length;
        state.changed.notify_all();
        let closed = |passed: &mut Passed| passed.bytes >= state.closes_after && !passed.is_open;
        drop(state.changed.wait_while(passed, closed));
        to_server.write_all(&bytes[..length])?;
    }
}
