//! What whoever asks for a load can decide.

use cusip_pif::CheckDigits;

use crate::limit::RejectLimit;

/// How a load is done.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LoadOptions {
    /// The most rejects that the load goes on with. By default none.
    pub max_rejects: RejectLimit,
    /// What becomes of issues whose check digit is wrong. By default they are rejected.
    pub check_digits: CheckDigits,
    /// Whether a file without a trailer may be loaded. By default it counts as cut off.
    pub allow_missing_trailer: bool,
}

impl LoadOptions {
    /// Sets the most rejects that the load goes on with.
    #[must_use]
    pub const fn with_max_rejects(mut self, max_rejects: RejectLimit) -> Self {
        self.max_rejects = max_rejects;
        self
    }

    /// Sets what becomes of issues whose check digit is wrong.
    #[must_use]
    pub const fn with_check_digits(mut self, check_digits: CheckDigits) -> Self {
        self.check_digits = check_digits;
        self
    }

    /// Sets whether a file without a trailer may be loaded.
    #[must_use]
    pub const fn with_allow_missing_trailer(mut self, allow: bool) -> Self {
        self.allow_missing_trailer = allow;
        self
    }
}

/// Who asks for a load, for the ledger.
#[derive(Debug, Clone)]
pub struct Requester {
    /// The user.
    pub user: String,
    /// The name of the machine.
    pub host: String,
    /// The program: `cli` or `api`.
    pub program: &'static str,
    /// The program's version.
    pub version: &'static str,
}
