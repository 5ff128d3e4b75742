mod possession;

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, DnValue, IsCa,
    KeyPair, SanType, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;

use super::*;

const HOST: &str = "db.cusip.test";

/// The first second of 2030.
const NOW: u64 = 1_893_456_000;

type Authority = CertifiedIssuer<'static, KeyPair>;
type Der = CertificateDer<'static>;

#[test]
fn certificate_of_a_trusted_authority_is_accepted() {
    let authority = authority("Private CA");
    let server = leaf(&authority, |_| {});
    verify(&[authority.der()], &[&server], HOST).unwrap();
}

#[test]
fn certificate_below_an_intermediate_authority_is_accepted_if_the_server_sends_both() {
    let root = authority("Private CA");
    let params = authority_params("Department CA");
    let middle = CertifiedIssuer::signed_by(params, key(), &root).unwrap();
    let server = leaf(&middle, |_| {});
    verify(&[root.der()], &[&server, middle.der()], HOST).unwrap();
    let problem = verify(&[root.der()], &[&server], HOST).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the server's certificate is issued by 'CN=Department CA', which is not among those in 'root.crt'"
    );
}

#[test]
fn authority_with_the_same_name_and_another_key_is_not_trusted() {
    let server = leaf(&authority("Private CA"), |_| {});
    let problem = verify(&[authority("Private CA").der()], &[&server], HOST).unwrap_err();
    assert!(
        matches!(problem, CertificateProblem::UnknownIssuer { .. }),
        "{problem}"
    );
}

#[test]
fn expired_certificate_is_refused_with_its_date() {
    let authority = authority("Private CA");
    let server = leaf(&authority, |params| {
        params.not_after = date_time_ymd(2029, 12, 31);
    });
    let problem = verify(&[authority.der()], &[&server], HOST).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the server's certificate expired on 2029-12-31T00:00:00Z"
    );
    // It is refused even if it is trusted itself.
    let problem = verify(&[&server], &[&server], HOST).unwrap_err();
    assert!(matches!(problem, CertificateProblem::Expired { .. }));
}

#[test]
fn certificate_that_is_not_yet_valid_is_refused_with_its_date() {
    let authority = authority("Private CA");
    let server = leaf(&authority, |params| {
        params.not_before = date_time_ymd(2030, 1, 2);
    });
    let problem = verify(&[authority.der()], &[&server], HOST).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the server's certificate is not valid before 2030-01-02T00:00:00Z"
    );
}

#[test]
fn expired_intermediate_authority_is_not_reported_as_the_servers_certificate() {
    let root = authority("Private CA");
    let mut params = authority_params("Department CA");
    params.not_after = date_time_ymd(2029, 12, 31);
    let middle = CertifiedIssuer::signed_by(params, key(), &root).unwrap();
    let server = leaf(&middle, |_| {});
    let problem = verify(&[root.der()], &[&server, middle.der()], HOST).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the certificate of an authority above the server's expired on 2029-12-31T00:00:00Z"
    );
}

/// PostgreSQL's documentation makes such certificates with `openssl req -x509`.
#[test]
fn self_signed_certificate_is_accepted_if_it_is_trusted() {
    let server = authority(HOST);
    verify(&[server.der()], &[server.der()], HOST).unwrap();
    let problem = verify(&[authority("Private CA").der()], &[server.der()], HOST).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the server's certificate is self-signed and not among those in 'root.crt'"
    );
}

#[test]
fn certificate_of_an_authority_is_refused_as_a_servers() {
    let root = authority("Private CA");
    let params = authority_params("Department CA");
    let middle = CertifiedIssuer::signed_by(params, key(), &root).unwrap();
    let problem = verify(&[root.der()], &[middle.der()], HOST).unwrap_err();
    assert!(
        matches!(problem, CertificateProblem::Authority),
        "{problem}"
    );
}

#[test]
fn name_must_be_one_of_the_alternative_names() {
    let authority = authority("Private CA");
    let server = leaf(&authority, |params| {
        params.subject_alt_names = vec![
            SanType::DnsName("*.cusip.test".try_into().unwrap()),
            SanType::IpAddress([10, 0, 0, 7].into()),
        ];
        params.distinguished_name = common_name("elsewhere.test");
    });
    let verify = |host| verify(&[authority.der()], &[&server], host);
    verify(HOST).unwrap();
    verify("10.0.0.7").unwrap();
    let problem = verify("cusip.test").unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the server's certificate is for '*.cusip.test', '10.0.0.7', not for 'cusip.test'"
    );
    // The common name only counts if there are no alternative names.
    verify("elsewhere.test").unwrap_err();
    verify("10.0.0.8").unwrap_err();
}

#[test]
fn common_name_counts_without_alternative_names() {
    let authority = authority("Private CA");
    for (name, host) in [
        (HOST, HOST),
        ("*.cusip.test", HOST),
        ("10.0.0.7", "10.0.0.7"),
    ] {
        let server = leaf(&authority, |params| {
            params.subject_alt_names.clear();
            params.distinguished_name = common_name(name);
        });
        verify(&[authority.der()], &[&server], host).unwrap();
        verify(&[authority.der()], &[&server], "elsewhere.test").unwrap_err();
    }
}

#[test]
fn address_written_as_a_dns_name_counts() {
    let authority = authority("Private CA");
    let server = leaf(&authority, |params| {
        let name = "10.0.0.7".try_into().unwrap();
        params.subject_alt_names = vec![SanType::DnsName(name)];
    });
    verify(&[authority.der()], &[&server], "10.0.0.7").unwrap();
    verify(&[authority.der()], &[&server], "10.0.0.8").unwrap_err();
}

#[test]
fn signature_with_sha_1_is_refused_with_the_reason() {
    let authority = fixture(include_bytes!("../../../tests/certificates/sha_1_ca.crt"));
    let server = fixture(include_bytes!("../../../tests/certificates/sha_1.crt"));
    let problem = verify(&[&authority], &[&server], HOST).unwrap_err();
    assert!(
        matches!(problem, CertificateProblem::Signature),
        "{problem}"
    );
}

#[test]
fn name_is_not_verified_unless_requested() {
    let authority = authority("Private CA");
    let server = leaf(&authority, |_| {});
    let roots = roots(&[authority.der()]);
    let verifier = Verifier::new(Some(roots), false, algorithms());
    check(&verifier, &[&server], "elsewhere.test").unwrap();
}

#[test]
fn without_roots_every_certificate_is_accepted() {
    let verifier = Verifier::new(None, false, algorithms());
    check(&verifier, &[&CertificateDer::from(vec![1, 2, 3])], HOST).unwrap();
}

fn verify(trusted: &[&Der], sent: &[&Der], host: &str) -> Result<(), CertificateProblem> {
    let verifier = Verifier::new(Some(roots(trusted)), true, algorithms());
    check(&verifier, sent, host).map_err(|error| {
        CertificateProblem::from_rustls(&error).expect("the problem is the certificate")
    })
}

/// Verifies the certificates that a server sends, its own first.
fn check(verifier: &Verifier, sent: &[&Der], host: &str) -> Result<(), Error> {
    let host = ServerName::try_from(host).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let above: Vec<_> = sent[1..].iter().map(|der| (*der).clone()).collect();
    let verified = verifier.verify_server_cert(sent[0], &above, &host, &[], now);
    verified.map(drop)
}

fn roots(trusted: &[&Der]) -> Roots {
    let trusted = trusted.iter().map(|der| (*der).clone()).collect();
    Roots::new(trusted, "'root.crt'".to_owned())
}

fn authority(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_params(name), key()).unwrap()
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = common_name(name);
    params
}

fn leaf(issuer: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Der {
    let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
    params.distinguished_name = common_name("database");
    change(&mut params);
    params.signed_by(&key(), issuer).unwrap().der().clone()
}

fn common_name(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, DnValue::Utf8String(name.to_owned()));
    names
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn fixture(pem: &[u8]) -> Der {
    CertificateDer::from_pem_slice(pem).unwrap()
}

fn algorithms() -> WebPkiSupportedAlgorithms {
    ring::default_provider().signature_verification_algorithms
}
