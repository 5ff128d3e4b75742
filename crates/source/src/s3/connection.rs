//! Sends requests to one bucket, whichever region it is in.

use std::sync::{PoisonError, RwLock};

use aws_sdk_s3::{
    Client,
    config::{Builder, Region, ResponseChecksumValidation},
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tracing::warn;

use super::{
    S3Options,
    error::{RequestError, bucket_region},
    request::{Request, SentRequest},
    target::Target,
};
use crate::Error;

/// A client for one bucket that follows the bucket to its region.
pub(super) struct Connection {
    pub(super) options: S3Options,
    pub(super) target: Target,
    client: RwLock<Client>,
}

impl Connection {
    pub(super) async fn new(options: S3Options) -> Result<Self, Error> {
        options.check()?;
        let location = format!("s3://{}", options.bucket);
        let configuration = match cusip_aws::load(&options.aws()).await {
            Ok(configuration) => configuration,
            Err(problem) => {
                let problem = problem.to_string();
                return Err(Error::InvalidAws { location, problem });
            }
        };
        if configuration.region().is_none() {
            return Err(Error::NoRegion { location });
        }
        let login_profile = cusip_aws::login_profile(&options.aws()).await;
        let target = Target::new(&options, configuration.endpoint_url(), login_profile);
        let mut builder = Builder::from(&configuration);
        builder.set_endpoint_url(target.endpoint.clone());
        let client = Client::from_conf(
            builder
                .force_path_style(target.endpoint.is_some() && !options.is_access_point())
                // S3 sends no checksum for part of an object, and the SDK would warn each time.
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
                .build(),
        );
        Ok(Self {
            options,
            target,
            client: RwLock::new(client),
        })
    }

    /// Sends a request. If the bucket turns out to be in another region, sends it there.
    pub(super) async fn send<T, E, Response>(
        &self,
        request: Request<'_>,
        make: impl Fn(Client) -> Response + Send + Sync,
    ) -> Result<T, RequestError>
    where
        Response: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let failure = match make(self.client()).await {
            Ok(response) => return Ok(response),
            Err(failure) => failure,
        };
        let region = self.region();
        let failure = match bucket_region(&failure) {
            Some(bucket_region) if bucket_region != region => {
                warn!(
                    bucket = %self.target.location,
                    region,
                    bucket_region,
                    "the bucket is in another region; using that region from now on; set it to avoid this warning"
                );
                self.switch_region(bucket_region);
                match make(self.client()).await {
                    Ok(response) => return Ok(response),
                    Err(failure) => failure,
                }
            }
            _ => failure,
        };
        let sent = SentRequest {
            request,
            target: &self.target,
            region: &self.region(),
        };
        Err(RequestError::new(sent, &failure))
    }

    fn region(&self) -> String {
        let client = self.client();
        let region = client.config().region().map(Region::as_ref);
        region.unwrap_or_default().to_owned()
    }

    fn client(&self) -> Client {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client.clone()
    }

    /// Replaces the client. The new one keeps the connections and credentials.
    fn switch_region(&self, region: String) {
        let mut client = self.client.write().unwrap_or_else(PoisonError::into_inner);
        let configuration = client.config().to_builder().region(Region::new(region));
        *client = Client::from_conf(configuration.build());
    }
}
