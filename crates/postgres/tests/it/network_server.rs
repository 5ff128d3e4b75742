//! Servers on the network, which alone speak TLS.

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

/// The name that certificates are for. It need not be known to any resolver.
pub(crate) const NAME: &str = "db.cusip.test";
pub(crate) const OTHER_NAME: &str = "db2.cusip.test";
pub(crate) const PASSWORD: &str = "correct-horse";

/// A user whom the servers let in both ways, and two whom they let in one way only.
pub(crate) const ADA: &str = "ada";
pub(crate) const ENCRYPTED_ONLY: &str = "encrypted_only";
pub(crate) const PLAIN_ONLY: &str = "plain_only";

const ACCESS: &str = "\
local all all trust
hostssl all encrypted_only 127.0.0.1/32 scram-sha-256
host all encrypted_only 127.0.0.1/32 reject
hostnossl all plain_only 127.0.0.1/32 scram-sha-256
host all plain_only 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
";

/// Set last, so that whoever sees it sees the rest as well.
const MARK: (&str, &str) = ("deadlock_timeout", "999ms");

/// A server that listens on the loopback.
#[derive(Debug)]
pub(crate) struct NetworkServer {
    server: Server,
}

impl NetworkServer {
    /// A server that does no TLS.
    pub(crate) fn plain() -> &'static Self {
        static SERVER: OnceLock<NetworkServer> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(None))
    }

    /// A server with a certificate of [`Authority::trusted`] for [`NAME`].
    pub(crate) fn encrypted() -> &'static Self {
        static SERVER: OnceLock<NetworkServer> = OnceLock::new();
        SERVER.get_or_init(|| {
            let (certificate, key) = Authority::trusted().certificate_for(NAME);
            Self::start(Some((&certificate, &key)))
        })
    }

    /// A server with a certificate and its key, both as PEM.
    pub(crate) fn with_certificate(certificate: &str, key: &str) -> Self {
        Self::start(Some((certificate, key)))
    }

    /// How to connect by [`NAME`], with the right password.
    pub(crate) fn config(&self, user: &str) -> Config {
        self.config_by(NAME, user)
    }

    pub(crate) fn config_by(&self, name: &str, user: &str) -> Config {
        config(name, self.port(), user)
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    /// A session of the superuser's, past TLS.
    pub(crate) async fn superuser(&self) -> Client {
        let connected = tokio_postgres::connect(&self.server.connection_string(), NoTls).await;
        let (client, connection) = connected.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Changes a setting and returns when new sessions have it.
    pub(crate) async fn set(&self, name: &str, value: &str) {
        let change = format!("alter system set {name} = '{value}'");
        self.superuser().await.batch_execute(&change).await.unwrap();
        self.reload(name, value).await;
    }

    /// How often the server's log has a text.
    pub(crate) fn times_logged(&self, text: &str) -> usize {
        let log = fs::read_to_string(self.server.log_path()).unwrap();
        log.matches(text).count()
    }

    fn start(identity: Option<(&str, &str)>) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let server = Server::start(ServerOptions::temporary().loopback_port(port)).unwrap();
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
        for user in [ADA, ENCRYPTED_ONLY, PLAIN_ONLY] {
            let create = format!("create role {user} login superuser password '{PASSWORD}'");
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

/// Who signs certificates.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
    _folder: TempDir,
}

impl Authority {
    pub(crate) fn trusted() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(|| Self::new("Private CA"))
    }

    /// One that has signed nothing.
    pub(crate) fn unknown() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(|| Self::new("Other CA"))
    }

    /// A file with its certificate.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// A certificate for a name, and its key, as PEM.
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

/// How to connect to a port of this machine by a name that nobody has to resolve.
pub(crate) fn config(name: &str, port: u16, user: &str) -> Config {
    let mut config = Config::new();
    config
        .host(name)
        .hostaddr(Ipv4Addr::LOCALHOST.into())
        .port(port)
        .user(user)
        .password(PASSWORD)
        .dbname("cusip");
    config
}

/// Writes a file as the server wants its key: its own, and closed to others.
fn write_private(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let owner = fs::metadata(folder).unwrap();
    chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
}
