//! A server must have the key of its certificate, even on unverified connections.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("../../../../tests/certificates/sha_1.crt");
const KEY: &[u8] = include_bytes!("../../../../tests/certificates/server.key");
const OTHER_KEY: &[u8] = include_bytes!("../../../../tests/certificates/other.key");

#[test]
fn server_with_the_certificates_key_is_accepted() {
    for version in [&TLS12, &TLS13] {
        handshake(version, CERTIFICATE, KEY).unwrap();
    }
}

#[test]
fn server_with_another_key_is_refused() {
    for version in [&TLS12, &TLS13] {
        let error = handshake(version, CERTIFICATE, OTHER_KEY).unwrap_err();
        let expected = Error::from(CertificateError::BadSignature);
        assert_eq!(error, expected, "{version:?}");
    }
}

/// Performs the handshake of a client that verifies nothing, in memory.
fn handshake(
    version: &'static rustls::SupportedProtocolVersion,
    certificate: &[u8],
    key: &[u8],
) -> Result<(), Error> {
    let provider = Arc::new(ring::default_provider());
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let identity = CertifiedKey::new(vec![fixture(certificate)], key);
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    let verifier = Verifier::new(None, false, algorithms());
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let host = ServerName::try_from(HOST).unwrap();
    let mut client = ClientConnection::new(Arc::new(client), host).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut sent = Vec::new();
        client.write_tls(&mut sent).unwrap();
        server.read_tls(&mut sent.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut answered = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answered).unwrap();
        }
        client.read_tls(&mut answered.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}
