//! Checks a server's certificate.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::tls::certificate::Certificate;
use crate::tls::problem::{CertificateProblem, moment};
use crate::tls::roots::Roots;

/// Verifies as much about a server as the mode requires.
///
/// Where rustls and libpq differ, this follows libpq, so that servers that work with `psql` work
/// here. A certificate that is itself trusted is accepted even if it is meant for other uses, and
/// the common name counts if there are no alternative names.
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
        if !roots.contains(der) {
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

    // Every mode checks that the server has the certificate's key. Without it, the channel binding of
    // a password exchange would not protect anything.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.algorithms)
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
    if by_rfc || certificate.matches_as_in_libpq(&host) {
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
        // An authority with the right name and the wrong key is a different authority.
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
        // The server's own validity was checked before.
        CertificateError::ExpiredContext { not_after, .. } => {
            CertificateProblem::AuthorityExpired {
                when: moment(not_after),
            }
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateProblem::Signature
        }
        // rustls has no specific error for a server that presents an authority's certificate.
        CertificateError::Other(_) if certificate.is_self_issued() => {
            CertificateProblem::SelfSigned { roots: roots() }
        }
        CertificateError::Other(_) if certificate.is_authority() => CertificateProblem::Authority,
        error => CertificateProblem::Other(error),
    }
}

#[cfg(test)]
mod tests;
