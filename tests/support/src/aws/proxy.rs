//! A proxy between the program and an S3 server that injects faults.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::http::{self, ReceivedRequest, close_after, read_head};
use super::s3_server::S3Server;
use super::{listen, runtime};

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// No fault.
    None,
    /// The connection closes after this many bytes of the body.
    Cut(usize),
    /// The body stalls after this many bytes.
    Stall(usize),
    /// The connection closes without a response.
    HangUp,
    /// There is no response, and the connection stays open.
    Silence,
    /// The proxy responds instead of the server, with this status and reason, headers and body.
    Respond(&'static str, &'static str, Vec<u8>),
}

impl Fault {
    /// Returns an error document as S3 writes it.
    #[must_use]
    pub fn refusal(status: &'static str, code: &str, message: &str) -> Self {
        Self::document(
            status,
            "",
            &format!("<Code>{code}</Code><Message>{message}</Message>"),
        )
    }

    /// Returns an error document with more headers or other elements.
    #[must_use]
    pub fn document(status: &'static str, headers: &'static str, elements: &str) -> Self {
        let document = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{elements}\
             <RequestId>4442587FB7D0A2F9</RequestId></Error>"
        );
        Self::Respond(status, headers, document.into_bytes())
    }
}

/// A proxy in front of an S3 server.
#[derive(Debug)]
pub struct Proxy {
    endpoint: String,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Mutex<Vec<ReceivedRequest>>,
    body_bytes: AtomicU64,
    answers_under_way: AtomicUsize,
}

impl Proxy {
    /// Starts a proxy that calls a function to choose each request's fault.
    #[must_use]
    pub fn start(
        server: &S3Server,
        fault: impl Fn(&ReceivedRequest) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let (listener, endpoint) = listen();
        let upstream = server.endpoint().trim_start_matches("http://").to_owned();
        let seen = Arc::new(Seen::default());
        let fault = Arc::new(fault);
        let counters = Arc::clone(&seen);
        runtime().spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (upstream, seen, fault) =
                    (upstream.clone(), Arc::clone(&counters), Arc::clone(&fault));
                tokio::spawn(async move {
                    // This fails if the client disconnects, which is fine.
                    drop(answer(client, &upstream, &seen, &*fault).await);
                });
            }
        });
        Self { endpoint, seen }
    }

    /// Returns the URL to use instead of the server's.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns all requests so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// Returns how many bytes of bodies the proxy has passed on.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.seen.body_bytes.load(Ordering::SeqCst)
    }

    /// Returns how many responses have started and not ended.
    #[must_use]
    pub fn answers_under_way(&self) -> usize {
        self.seen.answers_under_way.load(Ordering::SeqCst)
    }
}

async fn answer(
    mut client: TcpStream,
    upstream: &str,
    seen: &Seen,
    fault: &(dyn Fn(&ReceivedRequest) -> Fault + Send + Sync),
) -> std::io::Result<()> {
    let (head, start) = read_head(&mut client).await?;
    let asked = {
        let mut requests = seen.requests.lock().unwrap();
        let number = requests.len();
        requests.push(ReceivedRequest { number, head });
        requests[number].clone()
    };
    // Also if the server never sees it: the client would not read a response while it writes.
    let body = read_body(&mut client, &asked, start).await?;
    let (limit, stall) = match fault(&asked) {
        Fault::None => (usize::MAX, false),
        Fault::Cut(bytes) => (bytes, false),
        Fault::Stall(bytes) => (bytes, true),
        Fault::HangUp => return Ok(()),
        Fault::Silence => return wait_for_the_end(&mut client).await,
        Fault::Respond(status, headers, body) => {
            return http::answer(&mut client, status, headers, &body).await;
        }
    };
    let mut server = TcpStream::connect(upstream).await?;
    server
        .write_all(close_after(&asked.head).as_bytes())
        .await?;
    server.write_all(&body).await?;
    seen.answers_under_way.fetch_add(1, Ordering::SeqCst);
    let passed = pass_on(&mut server, &mut client, seen, limit).await;
    if stall {
        wait_for_the_end(&mut client).await?;
    }
    seen.answers_under_way.fetch_sub(1, Ordering::SeqCst);
    passed?;
    client.shutdown().await
}

/// Reads the rest of a request's body.
async fn read_body(
    client: &mut TcpStream,
    request: &ReceivedRequest,
    start: Vec<u8>,
) -> std::io::Result<Vec<u8>> {
    let length = request.header("content-length");
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    let mut body = start;
    let read = body.len();
    body.resize(length.max(read), 0);
    client.read_exact(&mut body[read..]).await?;
    Ok(body)
}

async fn pass_on(
    server: &mut TcpStream,
    client: &mut TcpStream,
    seen: &Seen,
    limit: usize,
) -> std::io::Result<()> {
    let (head, mut body) = read_head(server).await?;
    client.write_all(close_after(&head).as_bytes()).await?;
    let mut left = limit;
    loop {
        body.truncate(left);
        left -= body.len();
        client.write_all(&body).await?;
        seen.body_bytes
            .fetch_add(body.len() as u64, Ordering::SeqCst);
        if left == 0 {
            return client.flush().await;
        }
        body.resize(64 * 1024, 0);
        let length = server.read(&mut body).await?;
        body.truncate(length);
        if length == 0 {
            return Ok(());
        }
    }
}

async fn wait_for_the_end(client: &mut TcpStream) -> std::io::Result<()> {
    let mut rest = [0; 1024];
    while client.read(&mut rest).await? > 0 {}
    Ok(())
}
