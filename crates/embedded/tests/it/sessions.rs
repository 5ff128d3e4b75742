//! The server as a client sees it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use cusip_embedded::{Server, ServerOptions};
use rustix::process::Signal;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use crate::client::{eventually, processes_naming, query, runtime, signal, with_client};

const LOOPBACK: &str = "127.0.0.1";

#[test]
fn server_responds_and_leaves_nothing_behind_when_stopped() {
    let server = Server::start(ServerOptions::temporary()).unwrap();
    assert_eq!(query(&server, "SELECT current_database()"), "cusip");
    assert_eq!(query(&server, "SELECT current_user"), "cusip_app");
    assert_eq!(query(&server, "SHOW server_encoding"), "UTF8");
    assert_eq!(query(&server, "SHOW timezone"), "UTC");
    assert!(query(&server, "SHOW server_version").starts_with(server.version()));

    let folder = server.socket_folder().to_owned();
    assert!(!processes_naming(&folder.to_string_lossy()).is_empty());
    server.stop().unwrap();
    assert!(!folder.exists());
    assert_eq!(
        processes_naming(&folder.to_string_lossy()),
        Vec::<String>::new()
    );
}

#[test]
fn loopback_port_rejects_everyone_by_default() {
    let port = TcpListener::bind((LOOPBACK, 0)).unwrap().local_addr();
    let port = port.unwrap().port();
    let server = Server::start(ServerOptions::temporary().loopback_port(port)).unwrap();
    assert_eq!(server.port(), port);
    assert_eq!(query(&server, "SHOW listen_addresses"), LOOPBACK);
    let by_network = format!("host={LOOPBACK} port={port} user=cusip_app dbname=cusip");
    let refusal = runtime().block_on(async {
        let connected = tokio_postgres::connect(&by_network, NoTls).await;
        connected.err().and_then(|error| error.code().cloned())
    });
    assert_eq!(refusal, Some(SqlState::INVALID_AUTHORIZATION_SPECIFICATION));
}

#[test]
fn only_the_owner_can_reach_the_server() {
    let server =
        Server::start(ServerOptions::temporary().setting("listen_addresses", "*")).unwrap();
    assert_eq!(query(&server, "SHOW listen_addresses"), "");
    let mode = fs::metadata(server.socket_folder())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    // Even with TCP enabled, the server would reject all such connections.
    assert_eq!(
        query(
            &server,
            "SELECT string_agg(DISTINCT type || ' ' || auth_method, ', ') FROM pg_hba_file_rules"
        ),
        "host reject, local trust"
    );
}

#[test]
fn temporary_server_does_not_sync_and_uses_settings_and_database_name() {
    let options = ServerOptions::temporary()
        .database("the \"other\" one's")
        .setting("work_mem", "7MB");
    let server = Server::start(options).unwrap();
    assert_eq!(
        query(&server, "SELECT current_database()"),
        "the \"other\" one's"
    );
    assert_eq!(query(&server, "SHOW work_mem"), "7MB");
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(query(&server, &format!("SHOW {name}")), "off", "{name}");
    }
}

/// The shell that starts the server ignores interrupts, but the server's sessions must not.
#[test]
fn running_query_can_be_canceled() {
    let server = Server::start(ServerOptions::temporary()).unwrap();
    let error = with_client(&server.connection_string(), async |client| {
        let cancel = client.cancel_token();
        // Repeats the request, because it has no effect before the query starts.
        tokio::spawn(async move {
            while cancel.cancel_query(NoTls).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        client
            .simple_query("SELECT pg_sleep(600)")
            .await
            .unwrap_err()
    });
    assert_eq!(error.code(), Some(&SqlState::QUERY_CANCELED));
}

#[test]
fn stop_closes_open_sessions() {
    let server = Server::start(ServerOptions::temporary()).unwrap();
    with_client(&server.connection_string(), async |client| {
        client
            .simple_query("BEGIN; CREATE TABLE half_done (id int)")
            .await
            .unwrap();
        server.stop().unwrap();
        client.simple_query("SELECT 1").await.unwrap_err();
    });
}

#[test]
fn crash_is_noticed_and_stop_reports_the_exit_status() {
    let options = ServerOptions::temporary().startup_timeout(Duration::MAX);
    let server = Server::start(options).unwrap();
    assert!(server.is_running());
    signal(server.process_id(), Signal::KILL);
    eventually("the server's end is noticed", || !server.is_running());

    let folder = server.socket_folder().to_owned();
    let error = server.stop().unwrap_err().to_string();
    assert!(
        error.starts_with("the server did not shut down cleanly (exit status: 137)"),
        "{error}"
    );
    assert!(
        error.contains("database system is ready to accept connections"),
        "{error}"
    );
    assert!(!folder.exists());
}
