//! The addresses of host names.

use cusip_connect::{ConnectOptions, CredentialFuture, CredentialSource, Credentials};
use tokio_postgres::Config;

/// Provides a host, or fails.
#[derive(Debug)]
struct Source(Option<&'static str>);

impl CredentialSource for Source {
    fn credentials(&self) -> CredentialFuture<'_> {
        Box::pin(async move {
            let host = self.0.ok_or("the secret is gone; put it back")?;
            Ok(Credentials::new().host(host).port(6432))
        })
    }
}

#[tokio::test]
async fn host_names_of_options_and_credentials_are_resolved() {
    let mut config = Config::new();
    config.host("db.cusip.invalid").port(5433);
    config.host("localhost");
    config.host_path("/run/cusip");
    let hosts = ConnectOptions::new(config.clone()).resolve().await.unwrap();
    assert_eq!(hosts[0].host, "db.cusip.invalid:5433");
    assert!(matches!(hosts[0].addresses, Some(Err(_))));
    assert_eq!(hosts[1].host, "localhost:5433");
    assert_eq!(hosts[2].host, "/run/cusip");
    let local = hosts.iter().map(|host| host.is_local());
    assert_eq!(local.collect::<Vec<_>>(), [false, true, true]);

    let source = std::sync::Arc::new(Source(Some("192.0.2.1")));
    let options = ConnectOptions::new(config.clone()).credentials(source);
    options.check_credentials().await.unwrap();
    let hosts = options.resolve().await.unwrap();
    assert_eq!(hosts.len(), 1);
    assert_eq!(hosts[0].host, "192.0.2.1:6432");
    assert!(!hosts[0].is_local());

    let source = std::sync::Arc::new(Source(None));
    let options = ConnectOptions::new(config).credentials(source);
    let error = options.check_credentials().await.unwrap_err();
    assert_eq!(error.to_string(), "the secret is gone; put it back");
    options.resolve().await.unwrap_err();
}
