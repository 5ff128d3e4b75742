//! A new database for each test, on a server that belongs to the test binary's process.

use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use cusip_embedded::{Server, ServerOptions};
use cusip_postgres::{Database, MigrationMode};
use futures_util::SinkExt as _;
use tokio_postgres::{Client, Config, NoTls};

use crate::binaries::with_binaries;
use crate::blocking::block_on;

const TEMPLATE: &str = "migrated_template";

static SERVER: OnceLock<Server> = OnceLock::new();
static TEMPLATE_READY: OnceLock<()> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A database for one test.
///
/// All databases of a test binary are on one temporary server, which ends with the binary. Only the
/// database of a [`TestServer`](crate::TestServer) is on that server.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    address: Address,
}

impl TestDatabase {
    /// Creates an empty database without a schema.
    #[must_use]
    pub fn empty() -> Self {
        Self::from_template("template1")
    }

    /// Creates a database with our schema and no data.
    #[must_use]
    pub fn migrated() -> Self {
        TEMPLATE_READY.get_or_init(|| {
            let address = Address::of(server());
            execute(
                address.config("cusip"),
                &format!("create database {TEMPLATE}"),
            );
            migrate(address.config(TEMPLATE));
        });
        Self::from_template(TEMPLATE)
    }

    /// Returns the database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how to connect to the database.
    #[must_use]
    pub fn config(&self) -> Config {
        self.address.config(&self.name)
    }

    /// Returns the same database as clients reach it by another socket.
    pub(crate) fn at(&self, socket_folder: &Path, port: u16) -> Self {
        Self {
            name: self.name.clone(),
            address: Address {
                socket_folder: socket_folder.to_owned(),
                port,
                user: self.address.user.clone(),
            },
        }
    }

    pub(crate) fn socket_folder(&self) -> &Path {
        &self.address.socket_folder
    }

    pub(crate) const fn port(&self) -> u16 {
        self.address.port
    }

    pub(crate) fn user(&self) -> &str {
        &self.address.user
    }

    /// Creates a connection pool for the database.
    #[must_use]
    pub fn pool(&self) -> Database {
        Database::new(self.config())
    }

    /// Returns the command line options that connect our programs to the database.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let host = self.address.socket_folder.display().to_string();
        let port = self.address.port.to_string();
        [
            "--host",
            &host,
            "--port",
            &port,
            "--dbname",
            &self.name,
            "--user",
            &self.address.user,
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// Connects to the database.
    pub async fn client(&self) -> Client {
        let (client, connection) = self
            .config()
            .connect(NoTls)
            .await
            .expect("the server answers");
        tokio::spawn(connection);
        client
    }

    /// Runs statements from a synchronous test.
    pub fn execute(&self, statements: &str) {
        execute(self.config(), statements);
    }

    /// Runs a query from a synchronous test, and returns its rows as strings. NULL is empty.
    #[must_use]
    pub fn query(&self, query: &str) -> Vec<Vec<String>> {
        block_on(async {
            let client = self.client().await;
            let messages = client.simple_query(query).await.expect("the query runs");
            let rows = messages.iter().filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            rows.map(|row| {
                let values = (0..row.len()).map(|column| row.get(column));
                values
                    .map(|value| value.unwrap_or_default().to_owned())
                    .collect()
            })
            .collect()
        })
    }

    /// Runs a COPY statement that reads these lines, from a synchronous test.
    pub(crate) fn copy_in(&self, statement: &str, lines: &str) {
        block_on(async {
            let client = self.client().await;
            let copy = client.copy_in(statement).await.expect("the copy begins");
            let mut copy = pin!(copy);
            let lines = Bytes::copy_from_slice(lines.as_bytes());
            copy.send(lines).await.expect("the lines are taken");
            copy.finish().await.expect("the lines are copied");
        });
    }

    fn from_template(template: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let address = Address::of(server());
        execute(
            address.config("cusip"),
            &format!("create database {name} template {template}"),
        );
        Self { name, address }
    }

    /// Returns the database of the embedded server that another process runs in a folder, once it
    /// accepts connections.
    #[must_use]
    pub fn of_private_server(folder: &Path) -> Option<Self> {
        let status = fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
        let lines: Vec<_> = status.lines().map(str::trim).collect();
        let address = Address {
            socket_folder: lines.get(4)?.into(),
            port: lines.get(3)?.parse().ok()?,
            user: "cusip_app".to_owned(),
        };
        let ready = lines.get(7) == Some(&"ready");
        ready.then(|| Self {
            name: "cusip".to_owned(),
            address,
        })
    }

    /// Migrates the schema of a server's own database.
    pub(crate) fn migrated_on(server: &Server) -> Self {
        let database = Self::on(server);
        migrate(database.config());
        database
    }

    /// Returns a server's own database.
    pub(crate) fn on(server: &Server) -> Self {
        Self {
            name: server.database().to_owned(),
            address: Address::of(server),
        }
    }
}

/// How to connect to a server.
#[derive(Debug)]
struct Address {
    socket_folder: PathBuf,
    port: u16,
    user: String,
}

impl Address {
    fn of(server: &Server) -> Self {
        Self {
            socket_folder: server.socket_folder().to_owned(),
            port: server.port(),
            user: server.user().to_owned(),
        }
    }

    fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config
            .host_path(&self.socket_folder)
            .port(self.port)
            .user(&self.user)
            .dbname(database);
        config
    }
}

fn server() -> &'static Server {
    SERVER.get_or_init(|| {
        Server::start(with_binaries(ServerOptions::temporary()))
            .expect("PostgreSQL is installed and starts")
    })
}

fn migrate(config: Config) {
    block_on(async {
        (Database::new(config).migrate(MigrationMode::Commit).await).expect("the migrations run");
    });
}

fn execute(config: Config, statements: &str) {
    block_on(async {
        let (client, connection) = config.connect(NoTls).await.expect("the server answers");
        tokio::spawn(connection);
        client
            .batch_execute(statements)
            .await
            .expect("the statements run");
    });
}
