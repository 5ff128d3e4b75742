//! The options that allow what a load refuses by default.

use crate::wire::names;

/// An option that allows what a load refuses by default.
///
/// Only programs know how their users give an option, so errors name it by this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadOption {
    /// Load the files of a day that are there, even if some are missing.
    AllowPartial,
    /// Load a file whose trailer does not show that it is whole.
    AllowMissingTrailer,
    /// Load a day that is older than the newest one loaded.
    AllowOlder,
    /// Load a file that was modified too many days before or after its day.
    MaxAgeDays,
    /// Load a file again that was loaded before.
    Force,
    /// Accept more rejects.
    MaxRejects,
}

names!(LoadOption, "load option" {
    AllowPartial => "allow_partial",
    AllowMissingTrailer => "allow_missing_trailer",
    AllowOlder => "allow_older",
    MaxAgeDays => "max_age_days",
    Force => "force",
    MaxRejects => "max_rejects",
});

impl LoadOption {
    /// Returns the option that allows what caused this error code, if there is one.
    #[must_use]
    pub fn that_allows(error_code: &str) -> Option<Self> {
        match error_code {
            "day_not_found" => Some(Self::AllowPartial),
            "no_trailer" | "records_lost" => Some(Self::AllowMissingTrailer),
            "older_day" => Some(Self::AllowOlder),
            "stale_file" => Some(Self::MaxAgeDays),
            "too_many_rejects" => Some(Self::MaxRejects),
            _ => None,
        }
    }
}
