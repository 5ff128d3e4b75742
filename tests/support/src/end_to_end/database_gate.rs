//! A connection to the database that can stall during a load.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use tempfile::TempDir;

use crate::TestDatabase;

/// Forwards connections to the test's server, stalls after a number of bytes, and continues on request.
///
/// It is a Unix socket, because the system buffers little for those, but megabytes for TCP.
#[derive(Debug)]
pub struct DatabaseGate {
    folder: TempDir,
    database: TestDatabase,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    socket: PathBuf,
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
        let folder = tempfile::tempdir().expect("a folder can be made");
        let options = database.arguments();
        let value = |name: &str| {
            let position = options.iter().position(|option| option == name);
            &options[position.expect("the option is given") + 1]
        };
        let name = format!(".s.PGSQL.{}", value("--port"));
        let listener = UnixListener::bind(folder.path().join(&name)).expect("nobody else is there");
        let state = Arc::new(State {
            socket: PathBuf::from(value("--host")).join(name),
            closes_after,
            passed: Mutex::default(),
            changed: Condvar::new(),
        });
        let gate = Self {
            folder,
            database,
            state: Arc::clone(&state),
        };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || pass(&client, &state));
            }
        });
        gate
    }

    /// Returns the database behind the gate.
    pub const fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Returns the options that connect through the gate.
    pub fn arguments(&self) -> Vec<String> {
        let mut options = self.database.arguments();
        options[1] = self.folder.path().display().to_string();
        options
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

fn pass(client: &UnixStream, state: &State) -> io::Result<()> {
    let server = UnixStream::connect(&state.socket)?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        // This fails if either side disconnects, which is fine.
        drop(io::copy(&mut from_server, &mut to_client));
        drop(to_client.shutdown(Shutdown::Both));
    });
    let (mut from_client, mut to_server) = (client, &server);
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
