//! Queries with a real client, and the system's view of processes.

use std::future::Future;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cusip_embedded::Server;
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::{self, Runtime};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// Much longer than anything here takes.
const TIMEOUT: Duration = Duration::from_secs(60);

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

/// Returns the first value of the last row, or an empty string if there is no row.
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
        assert!(start.elapsed() < TIMEOUT, "timed out waiting until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the command lines that contain `text`. Server and supervisor name the socket folder there.
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
