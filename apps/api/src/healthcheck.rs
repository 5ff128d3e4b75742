//! The question whether a server of this machine lives, for containers that have no curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use thiserror::Error;

const QUESTION: &[u8] = b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const YES: &[u8] = b"HTTP/1.1 200 ";
/// Below the time limits that orchestrators have for such checks.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a server does not count as alive.
#[derive(Debug, Error)]
pub(crate) enum NotLive {
    /// Nobody answers.
    #[error("no answer from http://{address}/live")]
    NoAnswer {
        /// Who was asked.
        address: SocketAddr,
        source: io::Error,
    },
    /// Somebody says something else.
    #[error("http://{address}/live is not answered with 200")]
    OtherAnswer {
        /// Who was asked.
        address: SocketAddr,
    },
}

/// Asks the server that listens on this address of the machine.
///
/// # Errors
///
/// [`NotLive`] if it does not say that it lives.
pub(crate) fn check(bound: SocketAddr) -> Result<(), NotLive> {
    let address = reachable(bound);
    let answer = ask(address).map_err(|source| NotLive::NoAnswer { address, source })?;
    if answer == YES {
        Ok(())
    } else {
        Err(NotLive::OtherAnswer { address })
    }
}

/// A server that listens on every address is asked on the loopback.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// Returns as much of the answer's beginning as tells whether it is the right one.
fn ask(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(QUESTION)?;
    let mut answer = vec![0; YES.len()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn server_that_says(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = vec![0; QUESTION.len()];
            stream.read_exact(&mut question).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn only_a_server_that_answers_with_200_lives() {
        check(server_that_says("HTTP/1.1 200 OK\r\n\r\n")).unwrap();
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 2", ""] {
            assert!(check(server_that_says(answer)).is_err(), "{answer:?}");
        }
    }

    #[test]
    fn nobody_is_not_alive() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = check(address).unwrap_err();
        assert!(matches!(error, NotLive::NoAnswer { .. }), "{error}");
    }
}
