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
use cusip_aws::Unreached;
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
        let configuration = configuration.map_err(|problem| Error::InvalidAws {
            location: bucket_location.clone(),
            problem: problem.to_string(),
        })?;
        if configuration.region().is_none() {
            return Err(Error::NoRegion {
                location: bucket_location,
            });
        }
        let of_environment = env::var("AWS_ENDPOINT_URL_S3").ok();
        let endpoint = (options.endpoint.clone())
            .or_else(|| of_environment.filter(|endpoint| !endpoint.is_empty()))
            .or_else(|| configuration.endpoint_url().map(str::to_owned));
        let mut builder = Builder::from(&configuration);
        builder.set_endpoint_url(endpoint.clone());
        let client = Client::from_conf(
            builder
                .force_path_style(endpoint.is_some() && !options.is_access_point())
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

    /// What to do when nothing was heard of it.
    pub(super) fn advice(&self, unreached: Unreached) -> String {
        let mut advice = match &self.server {
            Server::Amazon => match unreached {
                Unreached::UnknownHost => format!(
                    "check the region {:?} (--s3-region, CUSIP_S3_REGION, AWS_REGION), and this \
                     machine's DNS",
                    self.region()
                ),
                Unreached::Untrusted => "something on the way answers in place of Amazon; name the \
                                         file with its authority's certificate in SSL_CERT_FILE"
                    .to_owned(),
                _ => "try again later, or check the network and its firewalls; a private subnet needs a NAT gateway or \
                      a VPC endpoint for S3"
                    .to_owned(),
            },
            Server::Endpoint(_) => match unreached {
                Unreached::UnknownHost => "check the host in --s3-endpoint (CUSIP_S3_ENDPOINT), and \
                                           this machine's DNS"
                    .to_owned(),
                Unreached::Refused => "check --s3-endpoint (CUSIP_S3_ENDPOINT), and that the server \
                                       runs"
                    .to_owned(),
                Unreached::NotEncrypted => "the server does not speak TLS there; write http:// in \
                                            --s3-endpoint (CUSIP_S3_ENDPOINT), or the port that does"
                    .to_owned(),
                Unreached::Untrusted => "check --s3-endpoint (CUSIP_S3_ENDPOINT), or name the file \
                                         with the certificate's authority in SSL_CERT_FILE"
                    .to_owned(),
                _ => "try again later, or check --s3-endpoint (CUSIP_S3_ENDPOINT), and that an S3 \
                      server answers there"
                    .to_owned(),
            },
        };
        if let Some(variable) = self.proxy_variable() {
            advice.push_str(&format!(
                "; requests go through the proxy that {variable} names: check that too, or except \
                 the host in NO_PROXY"
            ));
        }
        advice
    }

    fn proxy_variable(&self) -> Option<&'static str> {
        cusip_aws::proxy_variable(match &self.server {
            Server::Amazon => None,
            Server::Endpoint(url) => Some(url),
        })
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
