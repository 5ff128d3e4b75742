//! Records what clients send to a server.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The message that asks for encryption: its length, then 1234 and 5679.
pub(crate) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The start of a request to cancel a statement: its length, then 1234 and 5678.
pub(crate) const CANCEL_REQUEST: [u8; 8] = [0, 0, 0, 16, 4, 210, 22, 46];

/// A port that forwards to a server's port.
#[derive(Debug)]
pub(crate) struct Wire {
    port: u16,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Wire {
    /// Forwards everything.
    pub(crate) async fn to(port: u16) -> Self {
        Self::start(port, false).await
    }

    /// Accepts encryption and then closes the connection. Forwards plain text.
    pub(crate) async fn that_breaks_handshakes(port: u16) -> Self {
        Self::start(port, true).await
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns what clients have sent so far, by connection.
    pub(crate) fn sent(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap().clone()
    }

    async fn start(server: u16, breaks_handshakes: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let log = Arc::clone(&sent);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let number = {
                    let mut log = log.lock().unwrap();
                    log.push(Vec::new());
                    log.len() - 1
                };
                let log = Arc::clone(&log);
                // Either side may close the connection, which is no failure.
                tokio::spawn(forward(client, server, breaks_handshakes, log, number));
            }
        });
        Self { port, sent }
    }
}

async fn forward(
    mut client: TcpStream,
    server: u16,
    breaks_handshakes: bool,
    log: Arc<Mutex<Vec<Vec<u8>>>>,
    number: usize,
) -> io::Result<()> {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await?;
    let (mut from_server, mut to_server) = server.split();
    let (mut from_client, mut to_client) = client.split();
    let upstream = async {
        let mut buffer = vec![0; 8192];
        loop {
            let length = from_client.read(&mut buffer).await?;
            if length == 0 {
                return to_server.shutdown().await;
            }
            log.lock().unwrap()[number].extend_from_slice(&buffer[..length]);
            if breaks_handshakes && buffer[..length] == SSL_REQUEST {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            to_server.write_all(&buffer[..length]).await?;
        }
    };
    let downstream = tokio::io::copy(&mut from_server, &mut to_client);
    let ended = tokio::try_join!(upstream, downstream);
    if breaks_handshakes && log.lock().unwrap()[number] == SSL_REQUEST {
        client.write_all(b"S").await?;
    }
    ended.map(drop)
}
