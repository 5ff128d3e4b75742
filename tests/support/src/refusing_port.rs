//! A database that cannot be reached.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;
use tokio_postgres::Config;

/// A port of this machine that refuses connections: it is taken, but nothing listens on it.
#[derive(Debug)]
pub struct RefusingPort {
    socket: TcpSocket,
}

impl RefusingPort {
    /// The password of [`config`](Self::config).
    pub const PASSWORD: &str = "correct-horse";

    /// Takes a port until the value is dropped.
    ///
    /// # Panics
    ///
    /// Panics if there is no free port, or outside a Tokio runtime.
    #[must_use]
    pub fn take() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(any_port).expect("there is a free port");
        Self { socket }
    }

    /// Returns how to connect to the database `cusip` there as `ada`, with a password.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(self.address().port())
            .user("ada")
            .password(Self::PASSWORD)
            .dbname("cusip");
        config
    }

    /// Returns how messages name this database.
    #[must_use]
    pub fn place(&self) -> String {
        format!("cusip on {} as ada", self.address())
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("the socket is bound")
    }
}
