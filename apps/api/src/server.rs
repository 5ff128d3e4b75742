//! The sockets: accepts connections, limits them, and closes them at the end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use crate::authentication::Peer;
use crate::routes::router;
use crate::state::Service;

/// Far more than load balancers, schedulers, and probes need, but below the usual limit of 1,024 open
/// files.
const MAX_CONNECTIONS: usize = 768;
/// How long an idle connection stays open. Longer than load balancers keep theirs (60 s by default): if
/// the server closed first, a load balancer could send a request into a closed connection.
const HEADER_TIME_LIMIT: Duration = Duration::from_secs(75);
/// How long to wait for a client that does not read its response.
const WRITE_TIME_LIMIT: Duration = Duration::from_secs(60);
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// How long to wait after a connection could not be accepted, for example for lack of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(200);
/// How long responses may take after everything else has ended.
const LAST_RESPONSES: Duration = Duration::from_millis(700);

/// Serves until the shutdown has begun and the running load has ended.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    let router = router(Arc::clone(&service));
    tracing::info!(address = %listener.local_addr()?, "listening");
    let shut_down = async {
        service.shutdown.begun().await;
        // While a load ends, the server still answers: probes as usual, and new loads with a
        // refusal.
        service.loads.shut_down().await;
    };
    let accept = async {
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let permit = Arc::clone(&permits).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            match listener.accept().await {
                Ok((stream, peer)) => handle(stream, peer, &router, &connections, permit),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    };
    tokio::select! {
        () = shut_down => {}
        () = accept => {}
    }
    drop(listener);
    if timeout(LAST_RESPONSES, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("closing connections that are still open");
    }
    tracing::info!("server ended");
    Ok(())
}

/// Handles the requests of a connection in its own task.
fn handle(
    stream: TcpStream,
    peer: SocketAddr,
    router: &axum::Router,
    connections: &GracefulShutdown,
    permit: OwnedSemaphorePermit,
) {
    // Responses are small. Waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIME_LIMIT));
    let service =
        router
            .clone()
            .map_request(move |mut request: http::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                request
            });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME_LIMIT)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(service),
        );
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(%peer, error, "connection ended early");
        }
        drop(permit);
    });
}
