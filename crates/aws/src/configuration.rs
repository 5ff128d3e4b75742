//! The SDK's configuration: credentials, region, TLS, time limits.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    environment::EnvironmentVariableRegionProvider,
    imds::region::ImdsRegionProvider,
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{self, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};

use crate::invalid::{self, InvalidConfiguration};
use crate::options::AwsOptions;
use crate::provider::CheckedProvider;

/// How often one request is made before its failure is reported.
const ATTEMPTS: u32 = 3;

/// What a region is for with a server that is not Amazon's: a word in the signature.
const REGION_OF_OTHERS: &str = "us-east-1";

/// Finds region and settings. Credentials are looked for when the first request needs them.
///
/// Stalled-stream protection is off: its measure is throughput, and it has mistaken slow callers for
/// slow servers. Who reads long bodies watches them.
///
/// The endpoint of the options is not in it: it is for one service.
///
/// # Errors
///
/// [`InvalidConfiguration`] by variant, for what the SDK would pass over, show or panic at.
pub async fn load(options: &AwsOptions) -> Result<SdkConfig, InvalidConfiguration> {
    invalid::check(options)?;
    let http = http_client();
    let providers = ProviderConfig::without_region().with_http_client(http.clone());
    let region = region_chain(options, &providers).region().await;
    if let Some(region) = &region {
        invalid::check_region(region.as_ref())?;
    }
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(region.clone())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(options.retry_delay),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(options.connect_timeout)
                .read_timeout(options.read_timeout)
                // For a listing that stalls half-way: the two above end with its first byte. A
                // body that is streamed comes after the attempt.
                .operation_attempt_timeout(options.connect_timeout + options.read_timeout)
                .build(),
        )
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(profile) = &options.profile {
        let mut provider = ProfileFileCredentialsProvider::builder()
            .configure(&providers.with_region(region))
            .profile_name(profile);
        if let Some(files) = profile_files(options) {
            provider = provider.profile_files(files);
        }
        loader = loader
            .profile_name(profile)
            .credentials_provider(SharedCredentialsProvider::new(provider.build()));
    }
    if let Some(files) = profile_files(options) {
        loader = loader.profile_files(files);
    }
    let configuration = loader.load().await;
    let Some(provider) = configuration.credentials_provider() else {
        return Ok(configuration);
    };
    let checked = SharedCredentialsProvider::new(CheckedProvider(provider));
    let builder = configuration.into_builder();
    Ok(builder.credentials_provider(checked).build())
}

fn region_chain(options: &AwsOptions, providers: &ProviderConfig) -> RegionProviderChain {
    let mut profile = ProfileFileRegionProvider::builder().configure(providers);
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    if let Some(files) = profile_files(options) {
        profile = profile.profile_files(files);
    }
    let chain = RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build());
    if options.endpoint.is_some() {
        chain.or_else(Region::from_static(REGION_OF_OTHERS))
    } else {
        chain.or_else(ImdsRegionProvider::builder().configure(providers).build())
    }
}

#[expect(
    deprecated,
    reason = "the type's new name is in a crate that is not meant to be depended on"
)]
fn profile_files(options: &AwsOptions) -> Option<aws_config::profile::profile_file::ProfileFiles> {
    use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
    options.profile_file.as_ref().map(|path| {
        ProfileFiles::builder()
            .with_file(ProfileFileKind::Config, path)
            .build()
    })
}

/// HTTP over rustls and ring, through the proxy that `HTTPS_PROXY` and the like name.
///
/// The SDK brings a client of its own only together with another cryptography. It asks for a
/// connector with each request, and each kind of client has time limits of its own: connectors,
/// which hold the open connections, are kept by them.
fn http_client() -> SharedHttpClient {
    type TimeLimits = (Option<Duration>, Option<Duration>);
    let connectors: Mutex<HashMap<TimeLimits, SharedHttpConnector>> = Mutex::default();
    http_client_fn(move |settings, components| {
        let limits = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors
            .entry(limits)
            .or_insert_with(|| {
                let mut connector = Connector::builder()
                    .connector_settings(settings.clone())
                    .proxy_config(ProxyConfig::from_env())
                    .tls_provider(tls::Provider::rustls(CryptoMode::Ring));
                connector.set_sleep_impl(components.sleep_impl());
                SharedHttpConnector::new(connector.build())
            })
            .clone()
    })
}
