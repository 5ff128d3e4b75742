//! AWS configurations with known access keys.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use cusip_aws::AwsOptions;

pub(crate) const SECRET_KEY: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

/// Access keys that are each handed out once. After the last one there are none.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) given: AtomicU32,
    pub(crate) last: u32,
}

impl ProvideCredentials for Keys {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        future::ProvideCredentials::ready(if number > self.last {
            Err(CredentialsError::provider_error("the session has expired"))
        } else {
            let key = format!("AKIAIOSFODNN{number:08}");
            Ok(Credentials::new(key, SECRET_KEY, None, None, "test"))
        })
    }
}

/// Returns a configuration with that many access keys, and with the endpoint of a test server.
pub(crate) async fn configuration(keys: u32, endpoint: Option<&str>) -> SdkConfig {
    let options = AwsOptions::default().with_region(Some("eu-west-1".to_owned()));
    let keys = Keys {
        given: AtomicU32::new(0),
        last: keys,
    };
    let mut loaded = cusip_aws::load(&options).await.unwrap().into_builder();
    loaded.set_endpoint_url(endpoint.map(str::to_owned));
    loaded
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .build()
}
