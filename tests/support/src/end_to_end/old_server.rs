//! A server that claims to be an old PostgreSQL, because no package of one is available.
//!
//! It speaks only a little of the protocol: it accepts every user and answers every simple query with
//! one row that contains its version number.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

const SSL_REQUEST: u32 = 80_877_103;

/// A server that claims an old version of PostgreSQL.
#[derive(Debug)]
pub struct OldServer {
    port: u16,
}

impl OldServer {
    /// Starts a server with this `server_version_num`. Its threads end with the test's process.
    pub fn start(version_number: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener
            .local_addr()
            .expect("the listener has an address")
            .port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream, version_number));
            }
        });
        Self { port }
    }

    /// Returns the port on the loopback.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

fn serve(mut stream: TcpStream, version_number: &str) -> io::Result<()> {
    let mut startup = body(&mut stream)?;
    if startup.starts_with(&SSL_REQUEST.to_be_bytes()) {
        stream.write_all(b"N")?;
        startup = body(&mut stream)?;
    }
    assert!(
        startup.starts_with(&[0, 3, 0, 0]),
        "the client speaks version 3 of the protocol"
    );
    let authentication_ok = message(b'R', &0_u32.to_be_bytes());
    stream.write_all(&[authentication_ok, ready()].concat())?;
    loop {
        let mut kind = [0];
        stream.read_exact(&mut kind)?;
        body(&mut stream)?;
        if kind == [b'X'] {
            return Ok(());
        }
        // One text column, one row.
        let column = [
            b"version\0".as_slice(),
            &[0; 6],
            &25_u32.to_be_bytes(),
            &[0xff; 6],
            &[0; 2],
        ];
        let description = [&1_u16.to_be_bytes()[..], &column.concat()].concat();
        let length = (version_number.len() as u32).to_be_bytes();
        let row = [&1_u16.to_be_bytes()[..], &length, version_number.as_bytes()].concat();
        let answer = [
            message(b'T', &description),
            message(b'D', &row),
            message(b'C', b"SHOW\0"),
            ready(),
        ];
        stream.write_all(&answer.concat())?;
    }
}

/// Reads a message's length and body.
fn body(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 4).to_be_bytes();
    [&[kind][..], &length, body].concat()
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}
