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

use crate::invalid::InvalidConfiguration;
use crate::options::AwsOptions;
use crate::profiles;
use crate::provider::CheckedProvider;
use crate::variables;

/// How often to try a request.
const ATTEMPTS: u32 = 3;

/// The region for servers that are not Amazon's. There it is just a string in the signature.
const REGION_OF_OTHERS: &str = "us-east-1";

/// Builds the SDK's configuration, with the region. The first request looks for credentials.
///
/// Stalled-stream protection is off: it measures throughput, and has mistaken slow callers for slow
/// servers. Code that reads long bodies has to watch for stalls.
///
/// The configuration does not contain the options' endpoint, which belongs to one service only.
///
/// # Errors
///
/// [`InvalidConfiguration`] for settings that the SDK would ignore, reveal, or panic on.
pub async fn load(options: &AwsOptions) -> Result<SdkConfig, InvalidConfiguration> {
    check(options).await?;
    let http = http_client();
    let providers = ProviderConfig::without_region().with_http_client(http.clone());
    let region = region_chain(options, &providers).region().await;
    if let Some(region) = &region {
        variables::check_region(region.as_ref())?;
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
                // Ends a listing that stalls halfway: the two limits above only apply until its
                // first byte. Streamed bodies are read after the attempt.
                .operation_attempt_timeout(options.connect_timeout + options.read_timeout)
                .build(),
        )
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(profile) = &options.profile {
        let mut provider = ProfileFileCredentialsProvider::builder()
            .configure(&providers.with_region(region))
            .profile_name(profile);
        if let Some(files) = profiles::named_file(options) {
            provider = provider.profile_files(files);
        }
        loader = loader
            .profile_name(profile)
            .credentials_provider(SharedCredentialsProvider::new(provider.build()));
    }
    if let Some(files) = profiles::named_file(options) {
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

/// Checks for settings that the SDK would ignore, reveal, or panic on.
async fn check(options: &AwsOptions) -> Result<(), InvalidConfiguration> {
    variables::check_characters()?;
    let is_profile_named = options.profile.is_some();
    if !is_profile_named {
        variables::check_credentials()?;
    }
    let needs_profile = is_profile_named || !variables::name_credentials();
    profiles::check_files(options, needs_profile)?;
    if needs_profile {
        profiles::check_profile(options).await?;
    }
    Ok(())
}

fn region_chain(options: &AwsOptions, providers: &ProviderConfig) -> RegionProviderChain {
    let mut profile = ProfileFileRegionProvider::builder().configure(providers);
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    if let Some(files) = profiles::named_file(options) {
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

/// Returns an HTTP client built on rustls and ring that honors `HTTPS_PROXY` and the like.
///
/// The SDK's own client needs another crypto library. The SDK asks for a connector with each request,
/// so connectors, which hold the open connections, are kept by their timeouts.
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
