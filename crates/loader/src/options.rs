//! What whoever asks for a load can decide.

use cusip_pif::CheckDigits;

use crate::limit::RejectLimit;

const MAX_AGE_DAYS: u32 = 7;

/// How a load is done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadOptions {
    /// The most rejects that the load goes on with. By default none.
    pub max_rejects: RejectLimit,
    /// What becomes of issues whose check digit is wrong. By default they are rejected.
    pub check_digits: CheckDigits,
    /// Whether a file may be loaded whose trailer does not show it to be whole: there is none, or the
    /// field that was the count in earlier files is another number. By default it counts as cut off.
    pub allow_missing_trailer: bool,
    /// Whether everything is done but the commit. By default it is committed.
    pub dry_run: bool,
    /// Whether those of a day's files are loaded that are there. By default all three must be.
    pub allow_partial: bool,
    /// Whether a day may be loaded that is older than the newest one loaded. By default it is
    /// refused, since its rows would undo newer ones.
    pub allow_older: bool,
    /// How many days a file may have been changed before or after its day; 0 for any number. By
    /// default 7: names carry no year, so what is older is most likely another year's file.
    pub max_age_days: u32,
    /// Whether a file is loaded that is known to have been loaded before. By default it is not.
    pub force: bool,
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

    /// Sets whether a file may be loaded whose trailer does not show it to be whole.
    #[must_use]
    pub const fn with_allow_missing_trailer(mut self, allow: bool) -> Self {
        self.allow_missing_trailer = allow;
        self
    }

    /// Sets whether everything is done but the commit.
    #[must_use]
    pub const fn with_dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Sets whether those of a day's files are loaded that are there.
    #[must_use]
    pub const fn with_allow_partial(mut self, allow: bool) -> Self {
        self.allow_partial = allow;
        self
    }

    /// Sets whether a day may be loaded that is older than the newest one loaded.
    #[must_use]
    pub const fn with_allow_older(mut self, allow: bool) -> Self {
        self.allow_older = allow;
        self
    }

    /// Sets how many days a file may have been changed before or after its day; 0 for any number.
    #[must_use]
    pub const fn with_max_age_days(mut self, days: u32) -> Self {
        self.max_age_days = days;
        self
    }

    /// Sets whether a file is loaded that is known to have been loaded before.
    #[must_use]
    pub const fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            max_rejects: RejectLimit::default(),
            check_digits: CheckDigits::default(),
            allow_missing_trailer: false,
            dry_run: false,
            allow_partial: false,
            allow_older: false,
            max_age_days: MAX_AGE_DAYS,
            force: false,
        }
    }
}

/// Who asks for a load, for the ledger and for messages.
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
    /// Says how the program's users give an option, by its name in [`LoadOptions`].
    pub option: fn(&str) -> String,
}
