//! Database servers on a TCP port, which is where PostgreSQL supports TLS.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use cusip_embedded::{Server, ServerOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::time::sleep;
use tokio_postgres::{Client, Config, NoTls};

use crate::binaries::with_binaries;
use crate::blocking::block_on;

const ACCESS: &str = "\
local all all trust
hostssl all encrypted_only 127.0.0.1/32 scram-sha-256
host all encrypted_only 127.0.0.1/32 reject
hostnossl all plain_only 127.0.0.1/32 scram-sha-256
host all plain_only 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
";

/// A setting that is changed last. Sessions that see it see the other changes as well.
const MARK: (&str, &str) = ("deadlock_timeout", "999ms");

/// A server that listens on the loopback, where users need their password.
#[derive(Debug)]
pub struct NetworkServer {
    server: Server,
}

impl NetworkServer {
    /// The host name in the certificates. It does not resolve.
    pub const NAME: &str = "db.cusip.test";

    /// A superuser who may connect with or without encryption.
    pub const USER: &str = "ada";

    /// A superuser who may connect only with encryption.
    pub const ENCRYPTED_ONLY: &str = "encrypted_only";

    /// A superuser who may connect only without encryption.
    pub const PLAIN_ONLY: &str = "plain_only";

    /// The password of all of them.
    pub const PASSWORD: &str = "correct-horse";

    /// Returns a server without TLS.
    #[must_use]
    pub fn plain() -> &'static Self {
        static SERVER: OnceLock<NetworkServer> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(None))
    }

    /// Returns a server with a certificate of [`Authority::trusted`] for [`Self::NAME`].
    #[must_use]
    pub fn encrypted() -> &'static Self {
        static SERVER: OnceLock<NetworkServer> = OnceLock::new();
        SERVER.get_or_init(|| {
            let (certificate, key) = Authority::trusted().certificate_for(Self::NAME);
            Self::start(Some((&certificate, &key)))
        })
    }

    /// Starts a server with a certificate and its key, both as PEM.
    #[must_use]
    pub fn with_certificate(certificate: &str, key: &str) -> Self {
        Self::start(Some((certificate, key)))
    }

    /// Returns how to connect to [`Self::NAME`] with the right password.
    #[must_use]
    pub fn config(&self, user: &str) -> Config {
        self.config_by(Self::NAME, user)
    }

    /// Returns how to connect to another name with the right password.
    #[must_use]
    pub fn config_by(&self, name: &str, user: &str) -> Config {
        let mut config = Config::new();
        config
            .host(name)
            .hostaddr(Ipv4Addr::LOCALHOST.into())
            .port(self.port())
            .user(user)
            .password(Self::PASSWORD)
            .dbname(self.server.database());
        config
    }

    /// Returns the port on the loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Connects as the superuser through the socket, without TLS.
    pub async fn superuser(&self) -> Client {
        let connected = tokio_postgres::connect(&self.server.connection_string(), NoTls).await;
        let (client, connection) = connected.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Creates an empty database from a synchronous test.
    pub fn create_database(&self, name: &str) {
        block_on(async {
            let create = format!("create database {name}");
            self.superuser().await.batch_execute(&create).await.unwrap();
        });
    }

    /// Changes a setting, and waits until new sessions have it.
    pub async fn set(&self, name: &str, value: &str) {
        let change = format!("alter system set {name} = '{value}'");
        self.superuser().await.batch_execute(&change).await.unwrap();
        self.reload(name, value).await;
    }

    /// Returns how often a text is in the server's log, whose lines start with the database's name.
    #[must_use]
    pub fn times_logged(&self, text: &str) -> usize {
        let log = fs::read_to_string(self.server.log_path()).unwrap();
        log.matches(text).count()
    }

    fn start(identity: Option<(&str, &str)>) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let options = with_binaries(ServerOptions::temporary()).loopback_port(port);
        let options = options.setting("log_line_prefix", "%d ");
        let server = Server::start(options).unwrap();
        let server = Self { server };
        let folder = server.server.data_folder();
        fs::write(folder.join("pg_hba.conf"), ACCESS).unwrap();
        if let Some((certificate, key)) = identity {
            write_private(folder, "server.crt", certificate);
            write_private(folder, "server.key", key);
        }
        let ssl = if identity.is_some() { "on" } else { "off" };
        std::thread::scope(|scope| {
            let prepared = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime.unwrap().block_on(server.prepare(ssl));
            });
            prepared.join().unwrap();
        });
        server
    }

    async fn prepare(&self, ssl: &str) {
        let superuser = self.superuser().await;
        for user in [Self::USER, Self::ENCRYPTED_ONLY, Self::PLAIN_ONLY] {
            let create = format!(
                "create role {user} login superuser password '{}'",
                Self::PASSWORD
            );
            superuser.batch_execute(&create).await.unwrap();
        }
        let (name, value) = MARK;
        for (name, value) in [("ssl", ssl), (name, value)] {
            let change = format!("alter system set {name} = '{value}'");
            superuser.batch_execute(&change).await.unwrap();
        }
        self.reload(name, value).await;
    }

    async fn reload(&self, name: &str, value: &str) {
        let superuser = self.superuser().await;
        superuser
            .batch_execute("select pg_reload_conf()")
            .await
            .unwrap();
        let show = format!("show {name}");
        loop {
            let row = self.superuser().await.query_one(&show, &[]).await.unwrap();
            if row.get::<_, &str>(0) == value {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A certificate authority.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
    _folder: TempDir,
}

impl Authority {
    /// Returns the authority that signed the certificate of [`NetworkServer::encrypted`].
    #[must_use]
    pub fn trusted() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(|| Self::new("Private CA"))
    }

    /// Returns an authority that has signed no server's certificate.
    #[must_use]
    pub fn unknown() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(|| Self::new("Other CA"))
    }

    /// Returns a file with its certificate.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns a certificate for a name, and its key, as PEM.
    fn certificate_for(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("root.crt");
        fs::write(&file, issuer.pem()).unwrap();
        Self {
            issuer,
            file,
            _folder: folder,
        }
    }
}

/// Writes a file that only the server's user can read, which PostgreSQL requires of a key.
fn write_private(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let owner = fs::metadata(folder).unwrap();
    chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
}
