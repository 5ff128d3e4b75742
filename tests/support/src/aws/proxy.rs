//! A proxy between program and server that breaks what a test tells it to.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::http::{self, Asked, close_after, read_head};
use super::s3_server::S3Server;
use super::{listen, runtime};

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// After so many bytes of the body, nothing more comes.
    Stall(usize),
    /// The connection ends without an answer.
    HangUp,
    /// No answer comes.
    Silence,
    /// The server is not asked. Status with reason, headers, body.
    Answer(&'static str, &'static str, Vec<u8>),
}

impl Fault {
    /// An error document as S3 makes them.
    #[must_use]
    pub fn refusal(status: &'static str, code: &str, message: &str) -> Self {
        Self::document(
            status,
            "",
            &format!("<Code>{code}</Code><Message>{message}</Message>"),
        )
    }

    /// An answer that is an error document with more headers, or other elements, than that.
    #[must_use]
    pub fn document(status: &'static str, headers: &'static str, elements: &str) -> Self {
        let document = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{elements}\
             <RequestId>4442587FB7D0A2F9</RequestId></Error>"
        );
        Self::Answer(status, headers, document.into_bytes())
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
    requests: Mutex<Vec<Asked>>,
    body_bytes: AtomicU64,
    answers_under_way: AtomicUsize,
}

impl Proxy {
    /// Starts a proxy that asks what is to happen to each request.
    #[must_use]
    pub fn start(
        server: &S3Server,
        fault: impl Fn(&Asked) -> Fault + Send + Sync + 'static,
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
                    // Fails when the client goes away, as it may.
                    drop(answer(client, &upstream, &seen, &*fault).await);
                });
            }
        });
        Self { endpoint, seen }
    }

    /// The address to ask instead of the server's.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// All requests that came, in this order.
    #[must_use]
    pub fn requests(&self) -> Vec<Asked> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// How many bytes of bodies were passed on.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.seen.body_bytes.load(Ordering::SeqCst)
    }

    /// How many answers have begun and not ended.
    #[must_use]
    pub fn answers_under_way(&self) -> usize {
        self.seen.answers_under_way.load(Ordering::SeqCst)
    }
}

async fn answer(
    mut client: TcpStream,
    upstream: &str,
    seen: &Seen,
    fault: &(dyn Fn(&Asked) -> Fault + Send + Sync),
) -> std::io::Result<()> {
    let (head, _) = read_head(&mut client).await?;
    let asked = {
        let mut requests = seen.requests.lock().unwrap();
        let number = requests.len();
        requests.push(Asked { number, head });
        requests[number].clone()
    };
    let (limit, stall) = match fault(&asked) {
        Fault::None => (usize::MAX, false),
        Fault::Cut(bytes) => (bytes, false),
        Fault::Stall(bytes) => (bytes, true),
        Fault::HangUp => return Ok(()),
        Fault::Silence => return wait_for_the_end(&mut client).await,
        Fault::Answer(status, headers, body) => {
            return http::answer(&mut client, status, headers, &body).await;
        }
    };
    let mut server = TcpStream::connect(upstream).await?;
    server
        .write_all(close_after(&asked.head).as_bytes())
        .await?;
    seen.answers_under_way.fetch_add(1, Ordering::SeqCst);
    let passed = pass_on(&mut server, &mut client, seen, limit).await;
    if stall {
        wait_for_the_end(&mut client).await?;
    }
    seen.answers_under_way.fetch_sub(1, Ordering::SeqCst);
    passed?;
    client.shutdown().await
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
