//! Queries over a real client, and processes as the system sees them.

use std::future::Future;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cusip_embedded::Server;
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::{self, Runtime};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// Far beyond what anything here takes: a wait that gets this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `work` with a connected client.
pub(crate) fn with_client<T, F: Future<Output = T>>(
    connection_string: &str,
    work: impl FnOnce(Client) -> F,
) -> T {
    runtime().block_on(async {
        let (client, connection) = tokio_postgres::connect(connection_string, NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        work(client).await
    })
}

pub(crate) fn runtime() -> Runtime {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap()
}

/// The first value of the last row that `sql` returns; empty if there is none.
pub(crate) fn query(server: &Server, sql: &str) -> String {
    query_at(&server.connection_string(), sql)
}

pub(crate) fn query_at(connection_string: &str, sql: &str) -> String {
    with_client(connection_string, async |client| {
        let messages = client.simple_query(sql).await.unwrap();
        messages
            .iter()
            .rev()
            .find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .unwrap_or_default()
    })
}

pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "still not: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The command lines of all processes that mention `text`, which server and keeper do with the
/// path of the socket folder.
pub(crate) fn processes_naming(text: &str) -> Vec<String> {
    let output = Command::new("ps")
        .args(["-A", "-ww", "-o", "args="])
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.contains(text))
        .map(str::to_owned)
        .collect()
}

pub(crate) fn signal(process: u32, signal: Signal) {
    let process = Pid::from_raw(process.cast_signed()).unwrap();
    kill_process(process, signal).unwrap();
}
