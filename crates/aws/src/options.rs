//! Options that take the place of the environment and the profile.

use std::path::PathBuf;
use std::time::Duration;

/// How to talk to AWS. What is not set here comes from the environment and the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsOptions {
    /// The region. Default: `AWS_REGION` or `AWS_DEFAULT_REGION`, then the profile's region, then the
    /// EC2 instance's.
    pub region: Option<String>,
    /// The address of a server that is not Amazon's. The default region is then `us-east-1`.
    pub endpoint: Option<String>,
    /// The profile that provides the credentials; nothing else is tried. Default: the environment's
    /// credentials, then the profile that `AWS_PROFILE` names.
    pub profile: Option<String>,
    /// The only file to read profiles from. Default: `~/.aws/config` and `~/.aws/credentials`.
    pub profile_file: Option<PathBuf>,
    /// How long to wait before trying a request again. Default: 500 ms.
    pub retry_delay: Duration,
    /// How long connecting may take. Default: 5 s.
    pub connect_timeout: Duration,
    /// How long a server may pause in the middle of a response. Default: 20 s.
    pub read_timeout: Duration,
}

impl Default for AwsOptions {
    fn default() -> Self {
        Self {
            region: None,
            endpoint: None,
            profile: None,
            profile_file: None,
            retry_delay: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(20),
        }
    }
}

impl AwsOptions {
    /// Sets the [`region`](Self::region).
    #[must_use]
    pub fn with_region(mut self, region: Option<String>) -> Self {
        self.region = region;
        self
    }

    /// Sets the [`endpoint`](Self::endpoint).
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: Option<String>) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Sets the [`profile`](Self::profile).
    #[must_use]
    pub fn with_profile(mut self, profile: Option<String>) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the [`profile_file`](Self::profile_file).
    #[must_use]
    pub fn with_profile_file(mut self, path: Option<PathBuf>) -> Self {
        self.profile_file = path;
        self
    }

    /// Sets the [`retry_delay`](Self::retry_delay).
    #[must_use]
    pub fn with_retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = delay;
        self
    }

    /// Sets the [`connect_timeout`](Self::connect_timeout).
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the [`read_timeout`](Self::read_timeout).
    #[must_use]
    pub fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }
}
