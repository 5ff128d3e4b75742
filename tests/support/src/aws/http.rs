//! As much of HTTP as a proxy or a small server needs.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it came: its first line and its headers.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How many came before it.
    pub number: usize,
    /// First line and headers.
    pub head: String,
}

impl Asked {
    /// The method: `GET`.
    #[must_use]
    pub fn method(&self) -> &str {
        self.word(0)
    }

    /// Path and query.
    #[must_use]
    pub fn target(&self) -> &str {
        self.word(1)
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The first byte of the range that is asked for; 0 if none is.
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

/// Reads up to the empty line; what came after it belongs to the body.
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

/// Answers, and ends the connection: one request for each keeps things simple.
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

/// Makes a request or an answer the last one of its connection.
pub(super) fn close_after(head: &str) -> String {
    let (first, rest) = head.split_once("\r\n").unwrap();
    let rest: String = rest
        .split_inclusive("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
        .collect();
    format!("{first}\r\nconnection: close\r\n{rest}")
}
