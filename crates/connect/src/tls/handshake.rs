//! The TLS handshake, with its own error type.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::ClientConfig;
use thiserror::Error;
use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::tls::problem::CertificateProblem;

type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Encrypts connections, and remembers whether a handshake began.
#[derive(Clone)]
pub(crate) struct Connector {
    rustls: MakeRustlsConnect,
    used: Arc<AtomicBool>,
}

impl Connector {
    pub(super) fn new(config: ClientConfig) -> Self {
        Self {
            rustls: MakeRustlsConnect::new(config),
            used: Arc::default(),
        }
    }

    /// Returns the rustls connector, for a connection whose handshake need not be recorded.
    pub(crate) fn rustls(&self) -> MakeRustlsConnect {
        self.rustls.clone()
    }

    /// Returns a connector for a single connection, and a flag that says whether its handshake began.
    pub(crate) fn watched(&self) -> (Self, Arc<AtomicBool>) {
        let used = Arc::<AtomicBool>::default();
        let connector = Self {
            rustls: self.rustls.clone(),
            used: Arc::clone(&used),
        };
        (connector, used)
    }
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = Infallible;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, Infallible> {
        let rustls = MakeTlsConnect::<Socket>::make_tls_connect(&mut self.rustls, host)?;
        let used = Arc::clone(&self.used);
        Ok(Handshake { rustls, used })
    }
}

/// A handshake that has not begun.
pub(crate) struct Handshake {
    rustls: <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect,
    used: Arc<AtomicBool>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = HandshakeError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, HandshakeError>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        self.used.store(true, Ordering::Relaxed);
        let handshake = self.rustls.connect(socket);
        Box::pin(async { handshake.await.map_err(HandshakeError::from_io) })
    }
}

/// Why a handshake failed.
#[derive(Debug, Error)]
pub(crate) enum HandshakeError {
    #[error(transparent)]
    Certificate(CertificateProblem),
    #[error("the handshake failed")]
    Other(#[source] io::Error),
}

impl HandshakeError {
    fn from_io(error: io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inner.and_then(CertificateProblem::from_rustls) {
            Some(problem) => Self::Certificate(problem),
            None => Self::Other(error),
        }
    }
}
