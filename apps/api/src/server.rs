//! The sockets: who is let in, for how long, and how all of it ends.

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

/// Far more than a load balancer, schedulers and probes need, and fewer than there are files to be
/// open at once where nobody has raised that limit.
const MOST_CONNECTIONS: usize = 768;
/// A connection that says nothing is kept longer than load balancers keep theirs, 60 s by default:
/// it is for them to close it, or they would send a request into a closed one.
const HEADER_LIMIT: Duration = Duration::from_secs(75);
/// A client that does not read its answer is not waited for any longer.
const WRITE_LIMIT: Duration = Duration::from_secs(60);
const MOST_HEADER_BYTES: usize = 64 * 1024;
/// After a connection could not be accepted, for want of file descriptors perhaps.
const PAUSE: Duration = Duration::from_millis(200);
/// How long answers that are under way may take when everything else has ended.
const LAST_ANSWERS: Duration = Duration::from_millis(700);

/// Serves until the shutdown has begun and the load that runs has ended.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    let router = router(Arc::clone(&service));
    tracing::info!(address = %listener.local_addr()?, "listening");
    let ended = async {
        service.shutdown.begun().await;
        // New requests are still answered: that there will be no load, and that the server lives.
        service.loads.end(&service.shutdown).await;
    };
    let accept = async {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let place = place.expect("nobody closes the semaphore");
            match listener.accept().await {
                Ok((stream, peer)) => answer(stream, peer, &router, &connections, place),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = ended => {}
        () = accept => {}
    }
    drop(listener);
    if timeout(LAST_ANSWERS, connections.shutdown()).await.is_err() {
        tracing::warn!("connections were still open, and are closed");
    }
    tracing::info!("ended");
    Ok(())
}

/// Answers the requests of a connection, on a task of its own.
fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: &axum::Router,
    connections: &GracefulShutdown,
    place: OwnedSemaphorePermit,
) {
    // Answers are small; waiting for more of them to come only makes them late.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_LIMIT));
    let service =
        router
            .clone()
            .map_request(move |mut request: http::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                request
            });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .max_buf_size(MOST_HEADER_BYTES)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(service),
        );
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(%peer, error, "a connection ended early");
        }
        drop(place);
    });
}
