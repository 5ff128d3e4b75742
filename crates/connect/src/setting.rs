//! Settings that errors refer to.

/// A setting that can fix an error.
///
/// This crate does not know how its program's users change settings. A program that shows an
/// [`Error`](crate::Error) names the flag or variable itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// The certificates of the trusted authorities, which [`Tls::load`](crate::Tls::load) reads.
    RootCertificates,
    /// The password, or the [source](crate::CredentialSource) of passwords or tokens.
    Credentials,
}
