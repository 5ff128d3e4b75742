//! The part of HTTP that a proxy or a small server needs.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it arrived: its first line and its headers.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// How many requests came before it.
    pub number: usize,
    /// The first line and the headers.
    pub head: String,
}

impl ReceivedRequest {
    /// Returns the method, such as `GET`.
    #[must_use]
    pub fn method(&self) -> &str {
        self.word(0)
    }

    /// Returns the path and the query string.
    #[must_use]
    pub fn target(&self) -> &str {
        self.word(1)
    }

    /// Returns a header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Returns the first byte of the requested range, or 0 without one.
    #[must_use]
    pub fn range_start(&self) -> u64 {
        let range = self.header("range");
        let start = range.and_then(|range| range.split(['=', '-']).nth(1));
        start.map_or(0, |start| start.parse().unwrap())
    }

    fn word(&self, number: usize) -> &str {
        self.head.split(' ').nth(number).unwrap_or_default()
    }
}

/// Reads up to the empty line. Bytes after it belong to the body.
pub(super) async fn read_head(stream: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), body));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Sends a response and closes the connection. One request per connection keeps this simple.
pub(super) async fn answer(
    client: &mut TcpStream,
    status: &str,
    headers: &str,
    body: &[u8],
) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(body).await?;
    client.shutdown().await
}

/// Marks a request or response as the last one of its connection.
pub(super) fn close_after(head: &str) -> String {
    let (first, rest) = head.split_once("\r\n").unwrap();
    let rest: String = rest
        .split_inclusive("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
        .collect();
    format!("{first}\r\nconnection: close\r\n{rest}")
}
