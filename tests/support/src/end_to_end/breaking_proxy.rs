//! A connection to the database that breaks at one statement.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::front::{Front, pass_on};
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
    front: Front,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    texts: &'static [&'static str],
    how: Break,
    has_broken: AtomicBool,
}

impl BreakingProxy {
    /// Starts a proxy.
    pub fn start(database: TestDatabase, texts: &'static [&'static str], how: Break) -> Self {
        let state = Arc::new(State {
            texts,
            how,
            has_broken: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        let front = Front::start(database, move |client, server| {
            pass(client, server, &shared)
        });
        Self { front, state }
    }

    /// Returns the database behind the proxy.
    pub const fn database(&self) -> &TestDatabase {
        self.front.database()
    }

    /// Returns the options that connect through the proxy.
    pub fn arguments(&self) -> Vec<String> {
        self.front.arguments()
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

fn pass(client: &UnixStream, server: &UnixStream, state: &State) -> io::Result<()> {
    if state.is_unreachable() {
        return Ok(());
    }
    let is_broken = Arc::new(AtomicBool::new(false));
    let is_answered = Arc::clone(&is_broken);
    let answers = pass_on(server, client, move || !is_answered.load(Ordering::SeqCst))?;
    let (mut from_client, mut to_server) = (client, server);
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
