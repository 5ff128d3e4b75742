//! Requests to one bucket, wherever it is.

use std::{
    env,
    sync::{PoisonError, RwLock},
};

use aws_sdk_s3::{
    Client,
    config::{Builder, Region, ResponseChecksumValidation},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tracing::warn;

use super::{
    S3Options,
    refusal::{self, Refusal},
};
use crate::Error;

/// A client for one bucket, which finds the bucket's region.
pub(super) struct Connection {
    pub(super) options: S3Options,
    /// `s3://bucket`.
    pub(super) bucket_location: String,
    server: Server,
    profile: Option<String>,
    client: RwLock<Client>,
}

impl Connection {
    pub(super) async fn new(options: S3Options) -> Result<Self, Error> {
        options.check()?;
        let bucket_location = format!("s3://{}", options.bucket);
        let configuration = cusip_aws::load(&options.aws()).await;
        if configuration.region().is_none() {
            return Err(Error::NoRegion {
                location: bucket_location,
            });
        }
        let endpoint = configuration.endpoint_url().map(str::to_owned);
        let client = Client::from_conf(
            Builder::from(&configuration)
                .force_path_style(endpoint.is_some())
                // A range of an object comes without a checksum, which is a warning for each part.
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
                .build(),
        );
        let profile = options
            .profile
            .clone()
            .or_else(|| env::var("AWS_PROFILE").ok())
            .filter(|profile| !profile.is_empty());
        Ok(Self {
            options,
            bucket_location,
            server: endpoint.map_or(Server::Amazon, Server::Endpoint),
            profile,
            client: RwLock::new(client),
        })
    }

    /// Makes a request, at the bucket's own region if it is in another than was thought.
    pub(super) async fn send<T, E, Answer>(
        &self,
        request: Request<'_>,
        make: impl Fn(Client) -> Answer + Send + Sync,
    ) -> Result<T, Refusal>
    where
        Answer: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let failure = match make(self.client()).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let region = self.region();
        let failure = match refusal::bucket_region(&failure) {
            Some(bucket_region) if bucket_region != region => {
                warn!(
                    bucket = %self.bucket_location,
                    region,
                    bucket_region,
                    "the bucket is in another region, where it is asked from now on; set the region"
                );
                self.go_to(bucket_region);
                match make(self.client()).await {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => failure,
                }
            }
            _ => failure,
        };
        Err(Refusal::new(self, request, &failure))
    }

    pub(super) fn region(&self) -> String {
        let client = self.client();
        let region = client.config().region().map(Region::as_ref);
        region.unwrap_or_default().to_owned()
    }

    /// Who is asked, for errors.
    pub(super) fn server(&self) -> String {
        match &self.server {
            Server::Amazon => format!("S3 in region {:?}", self.region()),
            Server::Endpoint(url) => format!("{url:?}"),
        }
    }

    /// The profile whose credentials are in use, if one was named.
    pub(super) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The ARN of what is asked for, as policies name it.
    pub(super) fn resource(&self, request: Request<'_>) -> String {
        let region = self.region();
        let partition = if region.starts_with("cn-") {
            "aws-cn"
        } else if region.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        };
        let bucket = &self.options.bucket;
        let is_arn = bucket.starts_with("arn:");
        match (request.key, is_arn) {
            (None, true) => bucket.clone(),
            (None, false) => format!("arn:{partition}:s3:::{bucket}"),
            (Some(key), true) => format!("{bucket}/object/{key}"),
            (Some(key), false) => format!("arn:{partition}:s3:::{bucket}/{key}"),
        }
    }

    fn client(&self) -> Client {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client.clone()
    }

    /// The new client has the old one's connections and credentials.
    fn go_to(&self, region: String) {
        let mut client = self.client.write().unwrap_or_else(PoisonError::into_inner);
        let configuration = client.config().to_builder().region(Region::new(region));
        *client = Client::from_conf(configuration.build());
    }
}

/// What is asked of the server, for its errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) action: &'static str,
    /// What a policy must allow.
    pub(super) permission: &'static str,
    /// What the action is tried on.
    pub(super) location: &'a str,
    /// None for the bucket itself.
    pub(super) key: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub(super) fn listing(location: &'a str) -> Self {
        Self {
            action: "listing",
            permission: "s3:ListBucket",
            location,
            key: None,
        }
    }

    /// `action` is `opening` or `reading`.
    pub(super) fn object(action: &'static str, location: &'a str, key: &'a str) -> Self {
        Self {
            action,
            permission: "s3:GetObject",
            location,
            key: Some(key),
        }
    }
}

enum Server {
    Amazon,
    Endpoint(String),
}
