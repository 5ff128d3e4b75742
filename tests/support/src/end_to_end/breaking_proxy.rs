//! A connection to the database that breaks at one statement.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::TestDatabase;

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The statement does not reach the server.
    BeforeStatement,
    /// The statement reaches the server, and its answer does not come back.
    BeforeAnswer,
    /// The same, and from then on the server cannot be reached.
    BeforeAnswerForGood,
}

/// Forwards connections to the test's server, and breaks the first one that sends statements with these
/// texts, one after the other, at the last of them.
#[derive(Debug)]
pub struct BreakingProxy {
    folder: TempDir,
    database: TestDatabase,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    socket: PathBuf,
    texts: &'static [&'static str],
    how: Break,
    has_broken: AtomicBool,
}

impl BreakingProxy {
    /// Starts a proxy.
    pub fn start(database: TestDatabase, texts: &'static [&'static str], how: Break) -> Self {
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
            texts,
            how,
            has_broken: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if !shared.is_unreachable() {
                    let state = Arc::clone(&shared);
                    thread::spawn(move || pass(&client, &state));
                }
            }
        });
        Self {
            folder,
            database,
            state,
        }
    }

    /// Returns the database behind the proxy.
    pub const fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Returns the options that connect through the proxy.
    pub fn arguments(&self) -> Vec<String> {
        let mut options = self.database.arguments();
        options[1] = self.folder.path().display().to_string();
        options
    }

    /// Returns whether a connection was broken.
    pub fn has_broken(&self) -> bool {
        self.state.has_broken.load(Ordering::SeqCst)
    }
}

impl State {
    fn is_unreachable(&self) -> bool {
        self.how == Break::BeforeAnswerForGood && self.has_broken.load(Ordering::SeqCst)
    }
}

fn pass(client: &UnixStream, state: &State) -> io::Result<()> {
    let server = UnixStream::connect(&state.socket)?;
    let is_broken = Arc::new(AtomicBool::new(false));
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let is_answered = Arc::clone(&is_broken);
    let answers = thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut bytes) {
            if is_answered.load(Ordering::SeqCst) || to_client.write_all(&bytes[..length]).is_err()
            {
                break;
            }
        }
        // This fails if either side disconnects, which is fine.
        drop(to_client.shutdown(Shutdown::Both));
    });
    let (mut from_client, mut to_server) = (client, &server);
    let mut bytes = [0; 16 * 1024];
    let mut awaited = state.texts;
    loop {
        let length = from_client.read(&mut bytes)?;
        let sent = &bytes[..length];
        if state.is_unreachable() {
            return server.shutdown(Shutdown::Both);
        }
        while let [first, rest @ ..] = awaited
            && sent
                .windows(first.len())
                .any(|part| part == first.as_bytes())
        {
            awaited = rest;
        }
        if awaited.is_empty() && !state.has_broken.swap(true, Ordering::SeqCst) {
            is_broken.store(true, Ordering::SeqCst);
            if state.how == Break::BeforeStatement {
                return server.shutdown(Shutdown::Both);
            }
        }
        if length == 0 {
            return server.shutdown(Shutdown::Both);
        }
        to_server.write_all(sent)?;
        if is_broken.load(Ordering::SeqCst) {
            // The server has answered by the time that this thread ends.
            drop(answers.join());
            return server.shutdown(Shutdown::Both);
        }
    }
}
