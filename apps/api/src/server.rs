//! The sockets: accepts connections, limits them, and closes them at the end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONNECTION, HOST};
use http::{StatusCode, Version};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use crate::caller::Peer;
use crate::connections::{Connection, Connections, State};
use crate::open_files;
use crate::request_body::RequestBody;
use crate::routes::router;
use crate::state::Service;

/// How many connections may be closing while new ones are accepted.
const MAX_CLOSING: usize = 64;
/// How long an idle connection stays open. Longer than load balancers keep theirs (60 s by default): if
/// the server closed first, a load balancer could send a request into a closed connection.
const IDLE_TIME_LIMIT: Duration = Duration::from_secs(75);
/// How long to wait for a client that does not read its response.
const WRITE_TIME_LIMIT: Duration = Duration::from_secs(60);
/// The maximum size of a request's head: its path and its headers.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// How long to wait after a connection could not be accepted, for example for lack of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(200);
/// How long responses may take after everything else has ended.
const LAST_RESPONSES: Duration = Duration::from_millis(700);

/// Serves until the shutdown has begun and the running load has ended.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) -> io::Result<()> {
    let watched = GracefulShutdown::new();
    let router = router(Arc::clone(&service));
    let open_files = open_files::raise_limit();
    let connections = Connections::new(open_files, Arc::clone(&service.metrics));
    tracing::info!(address = %listener.local_addr()?, connections = connections.limit(), "listening");
    let shut_down = async {
        service.shutdown.begun().await;
        // While a load ends, the server still answers: probes as usual, and new loads with a
        // refusal.
        service.loads.shut_down().await;
    };
    let accept = async {
        let permits = Arc::new(Semaphore::new(connections.limit() + MAX_CLOSING));
        loop {
            let permit = Arc::clone(&permits).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            match listener.accept().await {
                Ok((stream, peer)) => {
                    handle(stream, peer, &router, &watched, (connections.add(), permit));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    connections.close_one();
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
    if timeout(LAST_RESPONSES, watched.shutdown()).await.is_err() {
        tracing::warn!("closing connections that are still open");
    }
    tracing::info!("server ended");
    Ok(())
}

/// Handles the requests of a connection in its own task.
fn handle(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    watched: &GracefulShutdown,
    (open, permit): (Connection, OwnedSemaphorePermit),
) {
    // Responses are small. Waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIME_LIMIT));
    let (router, state) = (router.clone(), open.state());
    let service =
        service_fn(move |request| respond(router.clone(), Arc::clone(&state), Peer(peer), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIME_LIMIT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let connection = watched.watch(connection);
    tokio::spawn(async move {
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(%peer, error, "connection ended early");
            },
            reason = open.should_close() => tracing::debug!(%peer, reason, "closing connection"),
        }
        drop((open, permit));
    });
}

/// Responds to a request, and keeps the connection's state up to date.
async fn respond(
    router: Router,
    state: Arc<State>,
    peer: Peer,
    request: http::Request<Incoming>,
) -> Result<Response, Infallible> {
    let handling = state.request_started();
    if request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1
    {
        return Ok((StatusCode::BAD_REQUEST, [(CONNECTION, "close")]).into_response());
    }
    let mut request = RequestBody::wrap(request);
    request.extensions_mut().insert(peer);
    let response = router.oneshot(request).await?;
    drop(handling);
    Ok(response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            state.made_progress();
            frame
        }))
    }))
}
