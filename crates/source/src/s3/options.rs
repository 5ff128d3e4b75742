//! Which bucket, and how to read it.

use std::{path::PathBuf, time::Duration};

use cusip_aws::AwsOptions;

use crate::Error;

/// Which bucket to use, where it is, and how to read it.
///
/// Everything but the bucket has a default. There are no credentials in here: they come from where
/// every program of AWS finds them, see [`S3Bucket`](crate::S3Bucket).
///
/// ```
/// use cusip_source::S3Options;
///
/// let options = S3Options::new("cusip-pif-files-shared")
///     .with_prefix("pif/")
///     .with_region("us-east-1");
/// assert_eq!(options.parts_ahead, 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct S3Options {
    /// The bucket's name alone, or the ARN of an access point.
    pub bucket: String,
    /// The "folder" of the files, with or without slashes around it. Default: the bucket's root.
    pub prefix: String,
    /// The bucket's region. Default: `AWS_REGION` or `AWS_DEFAULT_REGION`, else the profile's,
    /// else that of the EC2 instance.
    pub region: Option<String>,
    /// Where a server that is not Amazon's is, as `http://` or `https://`, host and port. Default:
    /// Amazon S3, or what `AWS_ENDPOINT_URL` names.
    ///
    /// The bucket is then a part of the path and not of the host's name, and a region that nobody
    /// states is `us-east-1`.
    pub endpoint: Option<String>,
    /// The profile that names the credentials, and nothing else does. Default: what `AWS_PROFILE`
    /// names, after the environment's own credentials.
    pub profile: Option<String>,
    /// The one file to read [`profile`](Self::profile) from, written like `~/.aws/config`. Default:
    /// `~/.aws/config` and `~/.aws/credentials`, or what the environment names instead.
    pub profile_file: Option<PathBuf>,
    /// How much one request asks for; such a part is in memory as a whole. Default: 4 MiB.
    pub part_bytes: usize,
    /// How many parts are fetched ahead of the one that the caller reads. Default: 2.
    ///
    /// A body therefore takes up to `(parts_ahead + 1) * part_bytes` of memory: 12 MiB.
    pub parts_ahead: usize,
    /// After how many tries in a row without a single new byte a reading is given up. Default: 5.
    pub tries: u32,
    /// How long to wait before the second try; doubled for every further one, up to 10 s, and
    /// shortened at random so that several readers do not come back together. Default: 500 ms.
    pub retry_delay: Duration,
    /// How long a connection may take to come about. Default: 5 s.
    pub connect_timeout: Duration,
    /// How long a server may send nothing in the middle of an answer. Default: 20 s.
    pub stall_timeout: Duration,
}

impl S3Options {
    /// Starts with a bucket and the defaults.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: String::new(),
            region: None,
            endpoint: None,
            profile: None,
            profile_file: None,
            part_bytes: 4 * 1024 * 1024,
            parts_ahead: 2,
            tries: 5,
            retry_delay: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(5),
            stall_timeout: Duration::from_secs(20),
        }
    }

    /// Sets the [`prefix`](Self::prefix).
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the [`region`](Self::region).
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets the [`endpoint`](Self::endpoint).
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the [`profile`](Self::profile).
    #[must_use]
    pub fn with_profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Sets the [`profile_file`](Self::profile_file).
    #[must_use]
    pub fn with_profile_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.profile_file = Some(path.into());
        self
    }

    /// Sets [`part_bytes`](Self::part_bytes); 0 counts as 1.
    #[must_use]
    pub fn with_part_bytes(mut self, bytes: usize) -> Self {
        self.part_bytes = bytes.max(1);
        self
    }

    /// Sets [`parts_ahead`](Self::parts_ahead); 0 counts as 1.
    #[must_use]
    pub fn with_parts_ahead(mut self, parts: usize) -> Self {
        self.parts_ahead = parts.max(1);
        self
    }

    /// Sets the number of [`tries`](Self::tries); 0 counts as 1.
    #[must_use]
    pub fn with_tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
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

    /// Sets the [`stall_timeout`](Self::stall_timeout).
    #[must_use]
    pub fn with_stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// The prefix as keys have it: empty, or ending with its slash.
    pub(super) fn key_prefix(&self) -> String {
        match self.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }

    /// What of the options is not the bucket's own.
    pub(super) fn aws(&self) -> AwsOptions {
        AwsOptions::default()
            .with_region(self.region.clone())
            .with_endpoint(self.endpoint.clone())
            .with_profile(self.profile.clone())
            .with_profile_file(self.profile_file.clone())
            .with_retry_delay(self.retry_delay)
            .with_connect_timeout(self.connect_timeout)
            .with_read_timeout(self.stall_timeout)
    }

    pub(super) fn is_access_point(&self) -> bool {
        self.bucket.starts_with("arn:")
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |setting, value: &str, problem| {
            Err(Error::InvalidSetting {
                setting,
                value: value.to_owned(),
                problem,
            })
        };
        if let Some(problem) = bucket_problem(&self.bucket) {
            return refuse("bucket", &self.bucket, problem);
        }
        if let Some(endpoint) = &self.endpoint {
            let (scheme, host) = endpoint.split_once("://").unwrap_or_default();
            let is_known = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
            let host = is_known.then_some(host);
            match host {
                // Not shown: there may be a password before the @.
                Some(host) if host.contains('@') => {
                    return refuse(
                        "endpoint",
                        "…@…",
                        "credentials do not belong into it; put them into a profile",
                    );
                }
                Some(host)
                    if !host.is_empty()
                        && !host.starts_with(['/', ':'])
                        && !host.contains(|character: char| {
                            matches!(character, '?' | '#') || !character.is_ascii_graphic()
                        }) => {}
                _ => {
                    return refuse(
                        "endpoint",
                        endpoint,
                        "it should be like \"http://localhost:9000\"",
                    );
                }
            }
        }
        Ok(())
    }
}

fn bucket_problem(bucket: &str) -> Option<&'static str> {
    let is_ordinary =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    if bucket.is_empty() {
        Some("it is empty")
    } else if bucket.starts_with("arn:") {
        let is_of_access_point =
            bucket.contains(":accesspoint/") || bucket.contains(":accesspoint:");
        (!is_of_access_point).then_some(
            "name the bucket itself, without arn:aws:s3:::, or the ARN of an access point",
        )
    } else if bucket.contains('/') {
        Some("name the bucket alone, and the folder with the prefix")
    } else if !bucket.chars().all(is_ordinary) {
        Some("it has other characters than letters, digits, hyphens and dots")
    } else {
        None
    }
}
