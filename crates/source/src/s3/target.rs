//! The bucket and its server.

use std::env;

use super::S3Options;

/// The bucket, its server, and the AWS profile in use, as errors name them.
pub(super) struct Target {
    /// The bucket's name, or the ARN of an access point.
    pub(super) bucket: String,
    /// `s3://bucket`.
    pub(super) location: String,
    /// The server's address; `None` for Amazon S3.
    pub(super) endpoint: Option<String>,
    /// The AWS profile, if one is named.
    pub(super) profile: Option<String>,
    /// The AWS profile for `aws sso login`: the profile in use, or the source of its credentials.
    pub(super) login_profile: Option<String>,
}

impl Target {
    /// `configured_endpoint` is the one from the AWS profile or environment.
    pub(super) fn new(
        options: &S3Options,
        configured_endpoint: Option<&str>,
        login_profile: Option<String>,
    ) -> Self {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = (options.endpoint.clone())
            .or_else(|| variable("AWS_ENDPOINT_URL_S3"))
            .or_else(|| configured_endpoint.map(str::to_owned));
        let profile = options.profile.clone().or_else(|| variable("AWS_PROFILE"));
        Self {
            bucket: options.bucket.clone(),
            location: format!("s3://{}", options.bucket),
            endpoint,
            profile: profile.filter(|profile| !profile.is_empty()),
            login_profile,
        }
    }

    /// Returns the server's name.
    pub(super) fn server(&self, region: &str) -> String {
        match &self.endpoint {
            None => format!("S3 in region {region:?}"),
            Some(url) => format!("{url:?}"),
        }
    }

    /// Returns the ARN of an object, or of the bucket, as it appears in policies.
    pub(super) fn arn(&self, key: Option<&str>, region: &str) -> String {
        let partition = if region.starts_with("cn-") {
            "aws-cn"
        } else if region.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        };
        let bucket = &self.bucket;
        let is_arn = bucket.starts_with("arn:");
        match (key, is_arn) {
            (None, true) => bucket.clone(),
            (None, false) => format!("arn:{partition}:s3:::{bucket}"),
            (Some(key), true) => format!("{bucket}/object/{key}"),
            (Some(key), false) => format!("arn:{partition}:s3:::{bucket}/{key}"),
        }
    }

    /// Returns the option that names the profile in an `aws sso login` command, with a leading
    /// space.
    pub(super) fn profile_option(&self) -> String {
        let profile = self.login_profile.as_ref();
        profile.map_or_else(String::new, |profile| format!(" --profile {profile}"))
    }
}
