//! How to run a load.

use cusip_jobs::RejectLimit;
use cusip_pif::CheckDigits;

const MAX_AGE_DAYS: u32 = 7;

/// The options of a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadOptions {
    /// How many rejects the load accepts. By default none.
    pub max_rejects: RejectLimit,
    /// What to do with issues whose check digit is wrong. By default they are rejected.
    pub check_digits: CheckDigits,
    /// Whether to load a file that seems truncated: it has no trailer, records follow the trailer,
    /// or the trailer field that held the record count in earlier files does not match. By default,
    /// such a file is refused.
    pub allow_missing_trailer: bool,
    /// Whether to do everything except the commit. By default the load is committed.
    pub dry_run: bool,
    /// Whether to load the existing files of a day if others are missing. By default all must exist.
    pub allow_partial: bool,
    /// Whether to load a day that is older than the newest one loaded. By default it is refused, since
    /// its rows would undo newer ones.
    pub allow_older: bool,
    /// How many days before or after its day a file may have been modified; 0 for any number. By
    /// default 7: names carry no year, so an older file is probably another year's.
    pub max_age_days: u32,
    /// Whether to load a file that was loaded before. By default it is skipped.
    pub force: bool,
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
