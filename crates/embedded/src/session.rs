//! A session with the server, to see that it accepts connections and that the database is there.
//!
//! Speaks the few messages that a trusted local session needs, so that this crate depends on no
//! runtime and on no client program, which installations of the server may lack.
//! See <https://www.postgresql.org/docs/current/protocol-message-formats.html>.

use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

const PROTOCOL_3_0: i32 = 196_608;

/// SQLSTATE while the server starts up, recovers or shuts down.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// An open session.
#[derive(Debug)]
pub(crate) struct Session {
    stream: BufReader<UnixStream>,
}

/// Why the server did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is not up yet, or is busy with recovery.
    NotYet,
    /// Its message.
    Other(String),
    Io(io::Error),
}

impl Session {
    /// Logs in as `user`, whom the server must trust. Waits for an answer at most for `timeout`.
    pub(crate) fn open(
        socket: &Path,
        user: &str,
        database: &str,
        timeout: Duration,
    ) -> Result<Self, Refusal> {
        let stream = UnixStream::connect(socket)?;
        // Zero would mean to wait for ever.
        let timeout = timeout.max(Duration::from_millis(1));
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        let mut session = Self {
            stream: BufReader::new(stream),
        };
        let mut body = PROTOCOL_3_0.to_be_bytes().to_vec();
        for word in ["user", user, "database", database, ""] {
            body.extend_from_slice(word.as_bytes());
            body.push(0);
        }
        session.send(None, &body)?;
        session.await_ready()?;
        Ok(session)
    }

    /// Creates a database if it is missing.
    pub(crate) fn ensure_database(&mut self, name: &str) -> Result<(), Refusal> {
        // Looked for and not merely created, since the server logs each refusal as an error.
        let literal = name.replace('\'', "''");
        let found = self.query(&format!(
            "SELECT FROM pg_database WHERE datname = '{literal}'"
        ))?;
        if found == "SELECT 0" {
            let identifier = name.replace('"', "\"\"");
            self.query(&format!("CREATE DATABASE \"{identifier}\""))?;
        }
        Ok(())
    }

    /// Runs a statement and returns its tag, such as `SELECT 1`.
    fn query(&mut self, sql: &str) -> Result<String, Refusal> {
        let mut body = sql.as_bytes().to_vec();
        body.push(0);
        self.send(Some(b'Q'), &body)?;
        self.await_ready()
    }

    fn send(&mut self, kind: Option<u8>, body: &[u8]) -> io::Result<()> {
        let length = i32::try_from(body.len() + 4).map_err(io::Error::other)?;
        let mut message = Vec::from_iter(kind);
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(body);
        self.stream.get_mut().write_all(&message)
    }

    /// Reads up to the server's word that it is ready for the next query, or its refusal, after
    /// which the session is of no more use. Returns the tag of the statement that it has run.
    fn await_ready(&mut self) -> Result<String, Refusal> {
        let mut tag = String::new();
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'Z' => return Ok(tag),
                b'C' => tag = text(&body),
                b'E' => return Err(Refusal::of_server(&body)),
                // Authentication: anything but "ok" asks for something that we have not got.
                b'R' if body != [0; 4] => {
                    return Err(Refusal::Other(
                        "it asks for a password, where a local connection should be trusted; \
                         look at `pg_hba.conf` in the data folder"
                            .to_owned(),
                    ));
                }
                _ => {}
            }
        }
    }

    fn receive(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut header = [0; 5];
        self.stream.read_exact(&mut header)?;
        let [kind, length @ ..] = header;
        let length = u32::from_be_bytes(length).saturating_sub(4);
        let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.stream.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The server ends the session on a plain close as well.
        let _ = self.send(Some(b'X'), &[]);
    }
}

impl Refusal {
    fn of_server(error: &[u8]) -> Self {
        let code = field(error, b'C');
        if code == CANNOT_CONNECT_NOW {
            return Self::NotYet;
        }
        Self::Other(format!("{} (SQLSTATE {code})", field(error, b'M')))
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{
            BrokenPipe, ConnectionRefused, ConnectionReset, NotFound, TimedOut, UnexpectedEof,
            WouldBlock,
        };
        match error.kind() {
            // No socket yet or a full queue, a server that is going down, or one that is slow.
            NotFound | ConnectionRefused | ConnectionReset | BrokenPipe | UnexpectedEof
            | WouldBlock | TimedOut => Self::NotYet,
            _ => Self::Io(error),
        }
    }
}

/// One field of an error message, which is a list of key byte, text and zero byte.
fn field(error: &[u8], key: u8) -> String {
    error
        .split(|byte| *byte == 0)
        .find_map(|field| field.strip_prefix(&[key]))
        .map_or_else(String::new, text)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_suffix(b"\0").unwrap_or(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_tells_the_servers_message_and_code() {
        let error = b"SFATAL\0VFATAL\0C28000\0Mrole \"M\" does not exist\0\0";
        let Refusal::Other(message) = Refusal::of_server(error) else {
            panic!("a role that does not exist will not come by waiting");
        };
        assert_eq!(message, "role \"M\" does not exist (SQLSTATE 28000)");
    }

    #[test]
    fn server_that_starts_up_is_not_a_refusal() {
        let error = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
        assert!(matches!(Refusal::of_server(error), Refusal::NotYet));
    }
}
