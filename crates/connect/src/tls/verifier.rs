//! The check of a server's certificate.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_cert::der::Encode;

use crate::tls::certificate::Certificate;
use crate::tls::problem::{CertificateProblem, moment};
use crate::tls::roots::Roots;

/// Verifies as much of a server as its mode asks for.
///
/// Where rustls and libpq differ, it follows libpq, so that what works with `psql` works here: a
/// certificate that is itself among the trusted ones is good whatever it says about its use, and the
/// common name counts where there are no alternative names.
#[derive(Debug)]
pub(super) struct Verifier {
    roots: Option<Roots>,
    check_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        roots: Option<Roots>,
        check_name: bool,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self {
            roots,
            check_name,
            algorithms,
        }
    }

    fn verify(
        &self,
        roots: &Roots,
        der: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), CertificateProblem> {
        let certificate = Certificate::read(der).ok_or(CertificateProblem::Malformed)?;
        certificate.check_validity(now)?;
        if !roots.contain(der) {
            if certificate.is_old() {
                return Err(CertificateProblem::OldVersion);
            }
            let parsed =
                ParsedCertificate::try_from(der).map_err(|_| CertificateProblem::Malformed)?;
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                roots.store(),
                intermediates,
                now,
                self.algorithms.all,
            )
            .map_err(|error| chain_problem(error, &certificate, roots))?;
        }
        if self.check_name {
            verify_name(der, &certificate, host)?;
        }
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(roots) = &self.roots {
            self.verify(roots, end_entity, intermediates, server_name, now)
                .map_err(CertificateProblem::into_rustls)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    // That the server has the certificate's key is checked in every mode: without it, the channel
    // binding of a password exchange would bind to nothing.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(cert).is_ok() {
            return verify_tls12_signature(message, cert, signed, &self.algorithms);
        }
        let certificate = read(cert)?;
        let key = certificate.public_key();
        let key_algorithm = key.algorithm.to_der().map_err(|_| malformed())?;
        let known = self.algorithms.mapping.iter();
        let of_scheme = known.filter(|(scheme, _)| *scheme == signed.scheme);
        let verified = of_scheme
            .flat_map(|(_, algorithms)| *algorithms)
            .any(|algorithm| {
                // What it calls the identifier is the content of ours, which is a short sequence.
                key_algorithm.get(2..) == Some(&*algorithm.public_key_alg_id())
                    && algorithm
                        .verify_signature(
                            key.subject_public_key.raw_bytes(),
                            message,
                            signed.signature(),
                        )
                        .is_ok()
            });
        if verified {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(cert).is_ok() {
            return verify_tls13_signature(message, cert, signed, &self.algorithms);
        }
        let key = read(cert)?.public_key_info().ok_or_else(malformed)?;
        let key = SubjectPublicKeyInfoDer::from(key);
        verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn verify_name(
    der: &CertificateDer<'_>,
    certificate: &Certificate,
    host: &ServerName<'_>,
) -> Result<(), CertificateProblem> {
    let by_rfc = ParsedCertificate::try_from(der)
        .is_ok_and(|parsed| verify_server_name(&parsed, host).is_ok());
    let host = host.to_str();
    if by_rfc || certificate.is_for_in_libpqs_way(&host) {
        return Ok(());
    }
    Err(CertificateProblem::WrongName {
        host: host.into_owned(),
        names: certificate.names(),
    })
}

fn chain_problem(error: Error, certificate: &Certificate, roots: &Roots) -> CertificateProblem {
    let roots = || roots.origin().to_owned();
    let Error::InvalidCertificate(error) = error else {
        return CertificateProblem::Malformed;
    };
    match error {
        // An authority of the right name and the wrong key is another one.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            if certificate.is_self_issued() {
                CertificateProblem::SelfSigned { roots: roots() }
            } else {
                CertificateProblem::UnknownIssuer {
                    issuer: certificate.issuer(),
                    roots: roots(),
                }
            }
        }
        // The server's own was looked at before.
        CertificateError::ExpiredContext { not_after, .. } => {
            CertificateProblem::AuthorityExpired {
                when: moment(not_after),
            }
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateProblem::Signature
        }
        // rustls has no word of its own for an authority's certificate in a server's place.
        CertificateError::Other(_) if certificate.is_self_issued() => {
            CertificateProblem::SelfSigned { roots: roots() }
        }
        CertificateError::Other(_) if certificate.is_authority() => CertificateProblem::Authority,
        error => CertificateProblem::Other(error),
    }
}

fn read(der: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::read(der).ok_or_else(malformed)
}

fn malformed() -> Error {
    CertificateError::BadEncoding.into()
}

#[cfg(test)]
mod tests;
