//! Servers that imitate AWS, and a proxy that injects faults.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod http;
mod proxy;
mod s3_server;
mod secrets_manager;

use std::net::TcpListener as StdListener;
use std::sync::OnceLock;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

pub use self::http::ReceivedRequest;
pub use self::proxy::{Fault, Proxy};
pub use self::s3_server::S3Server;
pub use self::secrets_manager::SecretsManager;

/// Returns the runtime of all servers in the process, so that synchronous tests can use them.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        runtime.unwrap()
    })
}

/// Listens on a free port, and returns its URL.
fn listen() -> (TcpListener, String) {
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let _inside = runtime().enter();
    (TcpListener::from_std(listener).unwrap(), endpoint)
}
