//! The five modes of encryption, with servers that have TLS and servers without.

use std::path::Path;

use cusip_connect::{
    ConnectOptions, Encryption, Error, Pool, RootCertificates, Setting, SslMode, Tls, Verification,
};
use cusip_test_support::{Authority, NetworkServer, TestDatabase};
use tokio_postgres::Config;
use tokio_postgres::config::ChannelBinding;

use crate::chain::chain;
use crate::wire::{SSL_REQUEST, Wire};

const ADA: &str = NetworkServer::USER;
const ENCRYPTED_ONLY: &str = NetworkServer::ENCRYPTED_ONLY;
const PLAIN_ONLY: &str = NetworkServer::PLAIN_ONLY;
const PASSWORD: &str = NetworkServer::PASSWORD;
const NAME: &str = NetworkServer::NAME;
const OTHER_NAME: &str = "db2.cusip.test";

#[tokio::test]
async fn disable_never_tries_to_encrypt() {
    for server in [NetworkServer::plain(), NetworkServer::encrypted()] {
        let wire = Wire::to(server.port()).await;
        let config = config_at(wire.port(), ADA);
        let encryption = connect(config, SslMode::Disable, None).await.unwrap();
        assert!(encryption.protocol.is_none(), "{encryption:?}");
        let sent = wire.sent();
        assert!(!sent[0].starts_with(&SSL_REQUEST), "{sent:?}");
    }
}

#[tokio::test]
async fn prefer_encrypts_if_the_server_can_without_verifying_it() {
    let server = NetworkServer::encrypted();
    for name in [NAME, OTHER_NAME] {
        let config = server.config_by(name, ADA);
        let encryption = connect(config, SslMode::Prefer, None).await.unwrap();
        assert_encrypted(&encryption, Verification::Nothing);
    }
    let config = NetworkServer::plain().config(ADA);
    let encryption = connect(config, SslMode::Prefer, None).await.unwrap();
    assert!(encryption.protocol.is_none(), "{encryption:?}");
}

#[tokio::test]
async fn prefer_continues_in_plain_text_if_the_handshake_fails() {
    let wire = Wire::that_breaks_handshakes(NetworkServer::encrypted().port()).await;
    let config = config_at(wire.port(), ADA);
    let encryption = connect(config.clone(), SslMode::Prefer, None).await;
    assert!(encryption.unwrap().protocol.is_none());
    let sent = wire.sent();
    assert_eq!(sent[0], SSL_REQUEST);
    assert_eq!(sent.len(), 2);

    let error = connect(config, SslMode::Require, None).await.unwrap_err();
    let told = tell(&error);
    assert!(
        told.contains("(sslmode=require) could not be opened"),
        "{told}"
    );
}

#[tokio::test]
async fn prefer_continues_in_plain_text_if_the_server_refuses_encryption_for_the_user() {
    let server = NetworkServer::encrypted();
    let encryption = connect(server.config(PLAIN_ONLY), SslMode::Prefer, None).await;
    assert!(encryption.unwrap().protocol.is_none());
    let encryption = connect(server.config(ENCRYPTED_ONLY), SslMode::Prefer, None).await;
    assert!(encryption.unwrap().protocol.is_some());
}

#[tokio::test]
async fn prefer_does_not_try_a_wrong_password_again_in_plain_text() {
    let server = NetworkServer::encrypted();
    let superuser = server.superuser().await;
    superuser
        .batch_execute("create role carol login password 'right'")
        .await
        .unwrap();
    let config = server.config("carol");
    let error = connect(config, SslMode::Prefer, None).await.unwrap_err();
    let told = tell(&error);
    assert!(told.contains("; check user and password"), "{told}");
    assert!(told.contains("password authentication failed"), "{told}");
    let refusal = "password authentication failed for user \"carol\"";
    assert_eq!(server.times_logged(refusal), 1);
}

/// The server refuses with the same code as for `pg_hba.conf`, but after it got the password.
#[tokio::test]
async fn prefer_does_not_send_a_refused_password_again_in_plain_text() {
    let server = NetworkServer::encrypted();
    let superuser = server.superuser().await;
    let create = format!(
        "create role dora nologin password '{}'",
        NetworkServer::PASSWORD
    );
    superuser.batch_execute(&create).await.unwrap();
    let wire = Wire::to(server.port()).await;
    let config = config_at(wire.port(), "dora");
    let error = connect(config, SslMode::Prefer, None).await.unwrap_err();
    let told = tell(&error);
    assert!(told.contains("not permitted to log in"), "{told}");
    assert!(
        told.contains("; as a superuser: `alter role … login`"),
        "{told}"
    );
    let sent = wire.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with(&SSL_REQUEST));
}

#[tokio::test]
async fn prefer_reports_both_attempts_if_both_fail() {
    let wire = Wire::that_breaks_handshakes(NetworkServer::encrypted().port()).await;
    let config = config_at(wire.port(), ENCRYPTED_ONLY);
    let error = connect(config, SslMode::Prefer, None).await.unwrap_err();
    let told = tell(&error);
    assert!(told.contains("tried in plain text after"), "{told}");
    assert!(told.contains("the handshake failed"), "{told}");
    assert!(told.contains("pg_hba.conf rejects"), "{told}");
}

#[tokio::test]
async fn require_encrypts_without_verifying() {
    let server = NetworkServer::encrypted();
    for name in [NAME, OTHER_NAME] {
        let mut config = server.config_by(name, ADA);
        config.ssl_mode(tokio_postgres::config::SslMode::Require);
        let encryption = Pool::new(config).encryption().await.unwrap();
        assert_eq!(encryption.mode, SslMode::Require);
        assert_encrypted(&encryption, Verification::Nothing);
    }
}

#[tokio::test]
async fn require_verifies_the_authority_if_there_is_a_root_certificate() {
    let server = NetworkServer::encrypted();
    let trusted = Some(Authority::trusted().file());
    let config = server.config_by(OTHER_NAME, ADA);
    let encryption = connect(config.clone(), SslMode::Require, trusted).await;
    assert_encrypted(&encryption.unwrap(), Verification::Chain);
    let unknown = Some(Authority::unknown().file());
    let error = connect(config, SslMode::Require, unknown)
        .await
        .unwrap_err();
    assert!(tell(&error).contains("is issued by"), "{}", tell(&error));
}

#[tokio::test]
async fn verify_ca_refuses_an_unknown_authority_and_accepts_every_name() {
    let server = NetworkServer::encrypted();
    let trusted = Some(Authority::trusted().file());
    for name in [NAME, OTHER_NAME] {
        let config = server.config_by(name, ADA);
        let encryption = connect(config, SslMode::VerifyCa, trusted).await;
        assert_encrypted(&encryption.unwrap(), Verification::Chain);
    }
    let unknown = Authority::unknown().file();
    let config = server.config(ADA);
    let error = connect(config, SslMode::VerifyCa, Some(unknown)).await;
    let error = error.unwrap_err();
    assert_eq!(error.setting(), Some(Setting::RootCertificates));
    let told = tell(&error);
    for part in [
        "sslmode=verify-ca",
        &format!(
            "is issued by 'CN=Private CA', which is not among those in '{}'",
            unknown.display()
        ),
        "global-bundle.pem",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[tokio::test]
async fn verify_full_refuses_an_unknown_authority_and_a_wrong_name() {
    let server = NetworkServer::encrypted();
    let trusted = Some(Authority::trusted().file());
    let encryption = connect(server.config(ADA), SslMode::VerifyFull, trusted).await;
    assert_encrypted(&encryption.unwrap(), Verification::ChainAndName);

    let config = server.config_by(OTHER_NAME, ADA);
    let error = connect(config, SslMode::VerifyFull, trusted)
        .await
        .unwrap_err();
    let told = tell(&error);
    for part in [
        "sslmode=verify-full",
        "is for 'db.cusip.test', not for 'db2.cusip.test'",
        "verify-ca",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let mut by_address = Config::new();
    by_address
        .host("127.0.0.1")
        .port(server.port())
        .user(ADA)
        .password(PASSWORD)
        .dbname("cusip");
    let error = connect(by_address, SslMode::VerifyFull, trusted).await;
    let told = tell(&error.unwrap_err());
    assert!(told.contains("not for '127.0.0.1'"), "{told}");

    let unknown = Some(Authority::unknown().file());
    let error = connect(server.config(ADA), SslMode::VerifyFull, unknown).await;
    let told = tell(&error.unwrap_err());
    assert!(told.contains("is issued by"), "{told}");
}

#[tokio::test]
async fn modes_above_prefer_refuse_a_server_without_tls() {
    let trusted = Some(Authority::trusted().file());
    for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
        let config = NetworkServer::plain().config(ADA);
        let error = connect(config, mode, trusted).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        let told = tell(&error);
        let reason = format!("the server does not support TLS, but sslmode={mode} requires it");
        assert!(told.contains(&reason), "{told}");
        assert!(told.contains("`ssl = on`"), "{told}");
    }
}

#[tokio::test]
async fn refusal_of_plain_text_shows_the_servers_message_and_advice() {
    let server = NetworkServer::encrypted();
    let config = server.config(ENCRYPTED_ONLY);
    let error = connect(config, SslMode::Disable, None).await.unwrap_err();
    let told = tell(&error);
    assert!(told.contains("pg_hba.conf rejects connection"), "{told}");
    assert!(told.contains("no encryption"), "{told}");
    assert!(told.contains("try sslmode=require"), "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
}

#[tokio::test]
async fn password_exchange_is_bound_to_the_encrypted_channel() {
    let server = NetworkServer::encrypted();
    let mut config = server.config(ADA);
    config.channel_binding(ChannelBinding::Require);
    let trusted = Some(Authority::trusted().file());
    connect(config.clone(), SslMode::VerifyFull, trusted)
        .await
        .unwrap();
    let error = connect(config, SslMode::Disable, None).await.unwrap_err();
    assert!(tell(&error).contains("channel binding"), "{}", tell(&error));
}

#[tokio::test]
async fn silent_server_times_out() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = config_at(silent.local_addr().unwrap().port(), ADA);
    config.connect_timeout(std::time::Duration::from_millis(100));
    let error = connect(config, SslMode::Prefer, None).await.unwrap_err();
    assert!(
        tell(&error).contains("no answer within"),
        "{}",
        tell(&error)
    );
}

#[tokio::test]
async fn unix_socket_is_never_encrypted_in_any_mode() {
    let trusted = Some(Authority::trusted().file());
    for mode in SslMode::ALL {
        let roots = trusted.filter(|_| mode >= SslMode::Require);
        let encryption = connect(TestDatabase::empty().config(), mode, roots).await;
        assert!(encryption.unwrap().protocol.is_none(), "{mode}");
    }
}

#[tokio::test]
async fn each_host_is_tried_with_its_own_encryption() {
    let (plain, encrypted) = (NetworkServer::plain(), NetworkServer::encrypted());
    let mut config = Config::new();
    for server in [plain, encrypted] {
        config
            .host(NAME)
            .hostaddr([127, 0, 0, 1].into())
            .port(server.port());
    }
    config.user(ADA).password(PASSWORD).dbname("cusip");
    let trusted = Some(Authority::trusted().file());
    let encryption = connect(config.clone(), SslMode::VerifyFull, trusted).await;
    assert_encrypted(&encryption.unwrap(), Verification::ChainAndName);
    let encryption = connect(config, SslMode::Prefer, None).await.unwrap();
    assert!(encryption.protocol.is_none(), "{encryption:?}");
}

#[test]
fn missing_root_certificates_are_reported_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.crt");
    let empty = folder.path().join("empty.crt");
    std::fs::write(&empty, "no certificate\n").unwrap();
    let broken = folder.path().join("broken.crt");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\n*\n").unwrap();
    for (file, words) in [
        (&missing, "cannot read "),
        (&empty, "has no certificate"),
        (&broken, "is not a valid PEM file"),
    ] {
        for mode in [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let roots = RootCertificates::File(file.clone());
            let error = Tls::load(mode, Some(&roots)).unwrap_err();
            assert!(error.is_unavailable());
            assert_eq!(error.setting(), Some(Setting::RootCertificates));
            let told = tell(&error);
            for part in [
                words,
                &file.display().to_string(),
                &format!("sslmode={mode}"),
                "global-bundle.pem",
            ] {
                assert!(told.contains(part), "{told}");
            }
        }
    }
}

#[test]
fn systems_authorities_require_verify_full() {
    for mode in SslMode::ALL {
        if mode == SslMode::VerifyFull {
            continue;
        }
        let error = Tls::load(mode, Some(&RootCertificates::System)).unwrap_err();
        let told = tell(&error);
        assert!(
            told.contains(&format!("sslmode={mode} is too weak")),
            "{told}"
        );
    }
}

#[test]
fn modes_parse_from_their_own_names() {
    for mode in SslMode::ALL {
        assert_eq!(mode.to_string().parse(), Ok(mode));
    }
    let error = "allow".parse::<SslMode>().unwrap_err();
    assert!(error.to_string().contains("'allow'"), "{error}");
    assert!(error.to_string().contains("verify-full"), "{error}");
}

async fn connect(config: Config, mode: SslMode, roots: Option<&Path>) -> Result<Encryption, Error> {
    let roots = roots.map(|path| RootCertificates::File(path.to_owned()));
    let tls = Tls::load(mode, roots.as_ref())?;
    let options = ConnectOptions::new(config).tls(tls);
    assert!(!format!("{options:?}").contains(PASSWORD));
    let encryption = Pool::new(options).encryption().await?;
    assert_eq!(encryption.mode, mode);
    Ok(encryption)
}

/// Connects to a port of this machine by the name in the certificates.
pub(crate) fn config_at(port: u16, user: &str) -> Config {
    let mut config = Config::new();
    config
        .host(NAME)
        .hostaddr([127, 0, 0, 1].into())
        .port(port)
        .user(user)
        .password(PASSWORD)
        .dbname("cusip");
    config
}

fn assert_encrypted(encryption: &Encryption, verification: Verification) {
    assert_eq!(encryption.protocol.as_deref(), Some("TLSv1.3"));
    assert_eq!(encryption.verification, verification);
}

/// Returns the texts of an error and its causes, after checking that none is repeated.
fn tell(error: &Error) -> String {
    let texts = chain(error);
    for (number, text) in texts.iter().enumerate() {
        let again = texts[number + 1..].iter().any(|other| text.contains(other));
        assert!(!again, "a cause is repeated: {texts:?}");
    }
    texts.join(": ")
}
