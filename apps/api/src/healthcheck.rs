//! The health check of `--check-live`, for containers that do not have curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use thiserror::Error;

const REQUEST: &[u8] = b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const LIVE: &[u8] = b"HTTP/1.1 200 ";
/// Shorter than the time limits of orchestrators for health checks.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Why a server does not count as live.
#[derive(Debug, Error)]
pub(crate) enum NotLive {
    #[error("no response from http://{address}/live")]
    NoResponse {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("http://{address}/live did not respond with 200")]
    OtherResponse { address: SocketAddr },
}

/// Checks that the server on this machine that listens on this address is live.
///
/// # Errors
///
/// [`NotLive`] if it does not respond with 200 within two seconds.
pub(crate) fn check(bound: SocketAddr) -> Result<(), NotLive> {
    let address = reachable(bound);
    let response = get_live(address).map_err(|source| NotLive::NoResponse { address, source })?;
    if response == LIVE {
        Ok(())
    } else {
        Err(NotLive::OtherResponse { address })
    }
}

/// Returns the address to connect to: the loopback address if the server listens on every address.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// Returns the first bytes of the response to `GET /live`, up to and including the status.
fn get_live(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(REQUEST)?;
    let mut start = vec![0; LIVE.len()];
    stream.read_exact(&mut start)?;
    Ok(start)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn server_that_responds(response: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; REQUEST.len()];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(response.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn only_a_server_that_responds_with_200_is_live() {
        check(server_that_responds("HTTP/1.1 200 OK\r\n\r\n")).unwrap();
        for response in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 2", ""] {
            assert!(
                check(server_that_responds(response)).is_err(),
                "{response:?}"
            );
        }
    }

    #[test]
    fn address_where_no_server_listens_is_not_live() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = check(address).unwrap_err();
        assert!(matches!(error, NotLive::NoResponse { .. }), "{error}");
    }
}
