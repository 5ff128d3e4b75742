//! The certificates of trusted authorities.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use thiserror::Error;

use crate::tls::RootCertificates;

/// Editors on Windows write it at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where libpq looks in the user's home folder.
const DEFAULT_FILE: &str = ".postgresql/root.crt";

/// Trusted certificates, of authorities and of servers themselves.
pub(super) struct Roots {
    store: RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
    origin: String,
}

impl Roots {
    pub(super) fn load(from: &RootCertificates) -> Result<Self, RootsError> {
        match from {
            RootCertificates::System => Self::load_system(),
            RootCertificates::File(path) => Self::load_file(path),
        }
    }

    /// Reads the file that libpq reads by default.
    pub(super) fn load_default() -> Result<Self, RootsError> {
        Self::load_default_of(env::home_dir())
    }

    /// Like [`load_default`](Self::load_default), but returns `None` if there is no such file.
    pub(super) fn load_default_if_present() -> Result<Option<Self>, RootsError> {
        match Self::load_default() {
            Ok(roots) => Ok(Some(roots)),
            Err(RootsError::NoHome | RootsError::NoDefault { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the certificates of the trusted authorities.
    pub(super) fn store(&self) -> &RootCertStore {
        &self.store
    }

    /// Returns whether a server's certificate is itself trusted.
    pub(super) fn contains(&self, certificate: &CertificateDer<'_>) -> bool {
        self.certificates.iter().any(|own| own == certificate)
    }

    /// Returns where the certificates come from, for error messages.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn new(certificates: Vec<CertificateDer<'static>>, origin: String) -> Self {
        let mut store = RootCertStore::empty();
        let (_, ignored) = store.add_parsable_certificates(certificates.iter().cloned());
        if ignored > 0 {
            tracing::debug!(ignored, origin, "ignored unusable root certificates");
        }
        Self {
            store,
            certificates,
            origin,
        }
    }

    fn load_default_of(home: Option<PathBuf>) -> Result<Self, RootsError> {
        let home = home.filter(|home| home.is_absolute());
        let path = home.ok_or(RootsError::NoHome)?.join(DEFAULT_FILE);
        match Self::load_file(&path) {
            Err(RootsError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Err(RootsError::NoDefault { path })
            }
            loaded => loaded,
        }
    }

    fn load_file(path: &Path) -> Result<Self, RootsError> {
        let bytes = fs::read(path).map_err(|source| RootsError::Read {
            path: path.to_owned(),
            source,
        })?;
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        let certificates = certificates.map_err(|source| RootsError::Pem {
            path: path.to_owned(),
            source,
        })?;
        let has = |label: &[u8]| text.windows(label.len()).any(|part| part == label);
        if has(b"-----BEGIN TRUSTED CERTIFICATE-----") {
            return Err(RootsError::OfOpenSsl {
                path: path.to_owned(),
            });
        }
        if certificates.is_empty() {
            return Err(RootsError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self::new(certificates, format!("'{}'", path.display())))
    }

    fn load_system() -> Result<Self, RootsError> {
        let mut found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            return Err(RootsError::System {
                source: found.errors.pop(),
            });
        }
        Ok(Self::new(found.certs, "the system's store".to_owned()))
    }
}

/// Shows only where the certificates come from, because a system has hundreds.
impl fmt::Debug for Roots {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("Roots"))
            .field("origin", &self.origin)
            .field("certificates", &self.certificates.len())
            .finish_non_exhaustive()
    }
}

/// Why there are no trusted certificates.
#[derive(Debug, Error)]
pub(super) enum RootsError {
    #[error("no file is given, and there is no home folder to look for one")]
    NoHome,
    #[error("no file is given, and '{}' does not exist", .path.display())]
    NoDefault { path: PathBuf },
    #[error("cannot read '{}'", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("'{}' is not a valid PEM file", .path.display())]
    Pem { path: PathBuf, source: pem::Error },
    #[error("'{}' has no certificate in PEM format (`-----BEGIN CERTIFICATE-----`)", .path.display())]
    Empty { path: PathBuf },
    #[error("'{}' has a TRUSTED CERTIFICATE, which only OpenSSL reads (`openssl x509 -in FILE -out FILE.pem` converts it)", .path.display())]
    OfOpenSsl { path: PathBuf },
    #[error("the system has no certificate store")]
    System {
        source: Option<rustls_native_certs::Error>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_in_the_home_folder_is_the_default() {
        let home = tempfile::tempdir().unwrap();
        let load = || Roots::load_default_of(Some(home.path().to_owned()));
        let error = load().unwrap_err();
        assert!(matches!(error, RootsError::NoDefault { .. }), "{error:?}");
        let path = home.path().join(".postgresql/root.crt");
        assert!(error.to_string().contains(&path.display().to_string()));

        fs::create_dir(home.path().join(".postgresql")).unwrap();
        let pem = include_str!("../../tests/certificates/sha_1_ca.crt");
        fs::write(&path, format!("Old CA\n{pem}\n{pem}")).unwrap();
        let roots = load().unwrap();
        assert_eq!(roots.certificates.len(), 2);
        assert_eq!(roots.origin(), format!("'{}'", path.display()));
        fs::write(&path, format!("\u{feff}{pem}")).unwrap();
        assert_eq!(load().unwrap().certificates.len(), 1);
        fs::write(&path, pem.replace(" CERTIFICATE", " TRUSTED CERTIFICATE")).unwrap();
        let error = load().unwrap_err();
        assert!(error.to_string().contains("openssl x509"), "{error}");
        fs::write(&path, "").unwrap();
        assert!(matches!(load().unwrap_err(), RootsError::Empty { .. }));
    }

    #[test]
    fn without_a_home_folder_there_is_no_default() {
        for home in [None, Some(PathBuf::from("relative"))] {
            let error = Roots::load_default_of(home).unwrap_err();
            assert!(matches!(error, RootsError::NoHome), "{error:?}");
        }
    }
}
