//! Options that only tests set, behind the feature `test-options`.

use std::{path::PathBuf, time::Duration};

use super::S3Options;

impl S3Options {
    /// Loads credentials only from this AWS profile.
    #[must_use]
    pub fn with_profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Reads the profile only from this file, in the format of `~/.aws/config`.
    #[must_use]
    pub fn with_profile_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.profile_file = Some(path.into());
        self
    }

    /// Sets the size of a part in bytes; by default 4 MiB.
    #[must_use]
    pub fn with_part_bytes(mut self, bytes: usize) -> Self {
        self.part_bytes = bytes;
        self
    }

    /// Sets how many parts to fetch ahead of the caller; by default 2.
    #[must_use]
    pub fn with_parts_ahead(mut self, parts: usize) -> Self {
        self.parts_ahead = parts;
        self
    }

    /// Sets how many attempts without a new byte end a read; by default 5.
    #[must_use]
    pub fn with_tries(mut self, tries: u32) -> Self {
        self.tries = tries;
        self
    }

    /// Sets the wait before the second try; by default 500 ms.
    #[must_use]
    pub fn with_retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = delay;
        self
    }

    /// Sets how long to wait for a connection; by default 5 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long to wait for the next bytes of a response; by default 20 s.
    #[must_use]
    pub fn with_stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }
}
