//! Connections to the database that are cut after a number of bytes.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::front::{Front, pass_on};
use crate::TestDatabase;

/// Forwards connections to the test's server, and cuts the one that is to pass one byte too many.
#[derive(Debug)]
pub struct CuttingProxy {
    front: Front,
}

impl CuttingProxy {
    /// Starts a proxy that forwards this many bytes to the server. After the cut, it forwards
    /// everything, or, if `is_final`, nothing.
    pub fn start(database: TestDatabase, bytes: usize, is_final: bool) -> Self {
        let left = Arc::new(AtomicUsize::new(bytes));
        let front = Front::start(database, move |client, server| {
            pass(client, server, &left, is_final)
        });
        Self { front }
    }

    /// Returns the options that connect through the proxy.
    pub fn arguments(&self) -> Vec<String> {
        self.front.arguments()
    }
}

/// What is left to pass, once everything may pass.
const NO_LIMIT: usize = usize::MAX;

fn pass(
    client: &UnixStream,
    server: &UnixStream,
    left: &AtomicUsize,
    is_final: bool,
) -> io::Result<()> {
    pass_on(server, client, || true)?;
    let (mut from_client, mut to_server) = (client, server);
    let mut bytes = [0; 16 * 1024];
    loop {
        let length = from_client.read(&mut bytes)?;
        let passes = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| match left {
            NO_LIMIT => Some(NO_LIMIT),
            _ => left.checked_sub(length),
        });
        if passes.is_err() {
            left.store(if is_final { 0 } else { NO_LIMIT }, Ordering::SeqCst);
        }
        if passes.is_err() || length == 0 {
            return server.shutdown(Shutdown::Both);
        }
        to_server.write_all(&bytes[..length])?;
    }
}
