//! Requests to cancel a statement.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::target::Target;
use crate::tls::Tls;

const PATIENCE: Duration = Duration::from_secs(5);

/// The destination of a connection, and of the requests to cancel its statements.
#[derive(Debug, Clone)]
pub(crate) struct CancelAddress {
    host: Host,
    /// An address or a name.
    place: String,
    port: u16,
}

impl CancelAddress {
    pub(crate) fn of(target: &Target) -> Self {
        let address = target.config.get_hostaddrs().first();
        let place = match (&target.host, address) {
            (_, Some(address)) => address.to_string(),
            (Host::Tcp(name), None) => name.clone(),
            #[cfg(unix)]
            (Host::Unix(_), None) => String::new(),
        };
        Self {
            host: target.host.clone(),
            place,
            port: target.config.get_ports().first().copied().unwrap_or(5432),
        }
    }
}

/// A request to cancel the statement that a connection may still be running.
pub(crate) struct CancelRequest {
    pub(crate) statement: CancelToken,
    pub(crate) address: CancelAddress,
    pub(crate) tls: Tls,
}

impl CancelRequest {
    /// Sends the request, and waits until the server has received it.
    pub(crate) async fn send(self) {
        if !matches!(timeout(PATIENCE, self.try_send()).await, Ok(Ok(()))) {
            tracing::debug!("could not cancel the statement; it will run to completion");
        }
    }

    /// Uses a connection encrypted like the statement's, and waits until the server closes it.
    ///
    /// The driver's own request closes the connection at once. PgBouncer 1.18 and 1.19 can crash if
    /// that happens before they have passed the request on (pgbouncer/pgbouncer#801). libpq waits, too.
    async fn try_send(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let CancelAddress { host, place, port } = self.address;
        match host {
            Host::Tcp(name) => {
                let stream = UntilClosed(TcpStream::connect((place, port)).await?);
                match self.tls.connector() {
                    // The token knows whether its connection was in plain text, and does not use this if so.
                    Some(connector) => {
                        let mut rustls = connector.rustls();
                        let Ok(rustls) =
                            MakeTlsConnect::<Plain>::make_tls_connect(&mut rustls, &name);
                        let handshake = Handshake(rustls);
                        self.statement.cancel_query_raw(stream, handshake).await?;
                    }
                    None => self.statement.cancel_query_raw(stream, NoTls).await?,
                }
            }
            #[cfg(unix)]
            Host::Unix(folder) => {
                let socket = folder.join(format!(".s.PGSQL.{port}"));
                let stream = UntilClosed(UnixStream::connect(socket).await?);
                self.statement.cancel_query_raw(stream, NoTls).await?;
            }
        }
        Ok(())
    }
}

/// A stream whose shutdown leaves it open, and waits until the other side has closed it.
struct UntilClosed<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for UntilClosed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for UntilClosed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_flush(context))?;
        loop {
            let mut byte = [0];
            let mut buffer = ReadBuf::new(&mut byte);
            let read = ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer));
            // The server closes an encrypted connection without the end that TLS requires.
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

type Plain = UntilClosed<TcpStream>;
type Encrypted = <MakeRustlsConnect as MakeTlsConnect<Plain>>::Stream;
type RustlsHandshake = <MakeRustlsConnect as MakeTlsConnect<Plain>>::TlsConnect;

/// A handshake whose stream stays open like the one below it.
struct Handshake(RustlsHandshake);

impl TlsConnect<Plain> for Handshake {
    type Stream = UntilClosed<Encrypted>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Stream>> + Send>>;

    fn connect(self, stream: Plain) -> Self::Future {
        Box::pin(async { self.0.connect(stream).await.map(UntilClosed) })
    }
}

impl<S: TlsStream + Unpin> TlsStream for UntilClosed<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.0.channel_binding()
    }
}
