//! The options of a bucket.

#[cfg(feature = "test-options")]
mod test_options;

use std::{path::PathBuf, time::Duration};

use cusip_aws::AwsOptions;

use crate::{Error, Setting};

/// The bucket to read, its server and its region.
///
/// Everything but the bucket has a default. Credentials are not part of the options; see
/// [`S3Bucket`](crate::S3Bucket) for where they come from.
///
/// ```
/// use cusip_source::S3Options;
///
/// let options = S3Options::new("cusip-pif-files-shared")
///     .with_prefix("pif/")
///     .with_region("us-east-1");
/// assert_eq!(options.endpoint, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct S3Options {
    /// The bucket's name, or the ARN of an access point.
    pub bucket: String,
    /// The folder of the files, with or without slashes around it. Default: the bucket's root.
    pub prefix: String,
    /// The bucket's region. Default: `AWS_REGION` or `AWS_DEFAULT_REGION`, then the profile's region,
    /// then the region of the EC2 instance.
    pub region: Option<String>,
    /// The address of an S3-compatible server, as `http://` or `https://`, host and port. Default:
    /// `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, then Amazon S3.
    ///
    /// With an endpoint, requests name the bucket in the path and not in the host name, and the
    /// default region is `us-east-1`.
    pub endpoint: Option<String>,
    /// The only source of credentials, instead of the default chain. For tests.
    pub(super) profile: Option<String>,
    /// The only file to read the profile from, in the format of `~/.aws/config`. For tests.
    pub(super) profile_file: Option<PathBuf>,
    /// The size of one request, which is kept in memory as a whole.
    pub(super) part_bytes: usize,
    /// How many parts to fetch ahead of the one that the caller reads. A body takes up to
    /// `(parts_ahead + 1) * part_bytes` of memory.
    pub(super) parts_ahead: usize,
    /// How many attempts in a row without a new byte end a read.
    pub(super) tries: u32,
    /// The wait before the second try. It doubles with every further try, up to 10 s, and is
    /// shortened at random so that several readers do not retry together.
    pub(super) retry_delay: Duration,
    /// How long to wait for a connection.
    pub(super) connect_timeout: Duration,
    /// How long to wait for the next bytes of a response.
    pub(super) stall_timeout: Duration,
}

impl S3Options {
    /// Returns the defaults for a bucket.
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

    /// Returns the prefix as it appears in keys: empty, or with a trailing slash.
    pub(super) fn key_prefix(&self) -> String {
        match self.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }

    /// Returns the options for the AWS SDK.
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
        let invalid = |setting, value: &str, problem| {
            Err(Error::InvalidSetting {
                setting,
                value: value.to_owned(),
                problem,
            })
        };
        if let Some(problem) = bucket_problem(&self.bucket) {
            return invalid(Setting::Bucket, &self.bucket, problem);
        }
        if let Some(endpoint) = &self.endpoint {
            let (scheme, host) = endpoint.split_once("://").unwrap_or_default();
            let is_known = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
            let host = is_known.then_some(host);
            match host {
                // The text before the @ may be a password, so the value is not shown.
                Some(host) if host.contains('@') => {
                    return invalid(
                        Setting::Endpoint,
                        "…@…",
                        "it must not contain credentials; put them in a profile",
                    );
                }
                Some(host)
                    if !host.is_empty()
                        && !host.starts_with(['/', ':'])
                        && !host.contains(|character: char| {
                            matches!(character, '?' | '#') || !character.is_ascii_graphic()
                        }) => {}
                _ => {
                    return invalid(
                        Setting::Endpoint,
                        endpoint,
                        "use an address such as \"http://localhost:9000\"",
                    );
                }
            }
        }
        Ok(())
    }
}

/// Returns what is wrong with a bucket's name.
fn bucket_problem(bucket: &str) -> Option<&'static str> {
    let is_ordinary =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    if bucket.is_empty() {
        Some("it is empty")
    } else if bucket.starts_with("arn:") {
        let is_of_access_point =
            bucket.contains(":accesspoint/") || bucket.contains(":accesspoint:");
        (!is_of_access_point)
            .then_some("use the bucket's name without arn:aws:s3:::, or the ARN of an access point")
    } else if bucket.contains('/') {
        Some("use only the bucket's name, and set the prefix to the folder")
    } else if !bucket.chars().all(is_ordinary) {
        Some("it may contain only letters, digits, hyphens and dots")
    } else {
        None
    }
}
