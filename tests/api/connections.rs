//! Clients that open connections and send nothing, or not enough.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use cusip_test_support::TestDatabase;
use cusip_test_support::api::Server;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const IDLE: usize = 1_000;
/// Less than an idle connection stays open, and much longer than any response takes.
const LESS_THAN_IDLE: Duration = Duration::from_secs(60);

/// Allows this process to hold all the connections of a test open.
fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("the limit can be raised");
}

fn connect(server: &Server) -> TcpStream {
    let connection = TcpStream::connect(server.address()).expect("the server accepts");
    let limited = connection.set_read_timeout(Some(LESS_THAN_IDLE));
    limited.expect("the time can be limited");
    connection
}

fn metric(server: &Server, name: &str) -> u64 {
    let metrics = server.get("/metrics").text();
    let value = metrics.lines().find_map(|line| line.strip_prefix(name));
    value.expect(name).parse().expect("a number")
}

#[test]
fn idle_connections_do_not_keep_others_out() {
    allow_many_connections();
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    let idle: Vec<_> = (0..IDLE).map(|_| connect(&server)).collect();
    for path in ["/live", "/ready"] {
        let mut probe = connect(&server);
        let request = format!("GET {path} HTTP/1.1\r\nHost: cusip\r\nConnection: close\r\n\r\n");
        probe.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        probe.read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    }
    let limit = metric(&server, "cusip_http_connections_limit ");
    assert!(metric(&server, "cusip_http_connections ") <= limit);
    let closed = metric(&server, "cusip_http_connections_closed_early_total ");
    assert!(
        closed >= IDLE as u64 - limit,
        "{closed} closed of {IDLE}, limit {limit}"
    );
    assert!(server.log().contains("too many connections"));
    // The oldest was closed, although it is not overdue yet.
    assert_eq!((&idle[0]).read(&mut [0]).unwrap_or_default(), 0);
}

#[test]
fn request_whose_head_does_not_arrive_is_given_up() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    for beginning in ["", "GET /live HTTP/1.1\r\nHost: "] {
        let mut connection = connect(&server);
        connection.write_all(beginning.as_bytes()).unwrap();
        // The server closes the connection, possibly with a reset.
        let mut response = Vec::new();
        match connection.read_to_end(&mut response) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
        assert!(
            response.is_empty(),
            "{}",
            String::from_utf8_lossy(&response)
        );
    }
}

#[test]
fn refused_request_gets_its_response_although_its_body_is_still_being_sent() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    // More than the buffers of a connection hold.
    let body = vec![b' '; 32 * 1024 * 1024];
    for (path, status) in [
        ("/securities/lookup", "401 Unauthorized"),
        ("/live", "405 Method Not Allowed"),
        ("/nothing", "404 Not Found"),
        ("/console/sign-in", "413 Payload Too Large"),
    ] {
        let mut connection = connect(&server);
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: cusip\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&body).expect(path);
        let mut response = String::new();
        connection.read_to_string(&mut response).expect(path);
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {response}"
        );
    }
}

#[test]
fn request_that_names_no_host_or_two_is_not_valid() {
    let database = TestDatabase::migrated();
    let server = Server::start(&database, Path::new("/nowhere"));
    for (hosts, status) in [
        ("", "400"),
        ("Host: a\r\nHost: b\r\n", "400"),
        ("Host: a\r\n", "200"),
    ] {
        let mut connection = connect(&server);
        let head = format!("GET /live HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        connection.write_all(head.as_bytes()).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status}")),
            "{hosts}: {response}"
        );
    }
}
