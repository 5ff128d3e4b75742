//! RDS tokens. No server here can verify them, so one that trusts everyone stands in.

use std::sync::{Arc, Mutex};

use cusip_aws::TokenCredentials;
use cusip_connect::{ConnectOptions, CredentialFuture, CredentialSource, Credentials, Pool};
use cusip_test_support::TestDatabase;

use crate::account::{SECRET_KEY, configuration};
use crate::failure;

const HOST: &str = "cusip.abc123.eu-west-1.rds.amazonaws.com";

/// Passes tokens on and records them.
#[derive(Debug)]
struct Recorder {
    tokens: TokenCredentials,
    given: Mutex<Vec<Credentials>>,
}

impl CredentialSource for Recorder {
    fn credentials(&self) -> CredentialFuture<'_> {
        Box::pin(async {
            let credentials = self.tokens.credentials().await?;
            self.given.lock().unwrap().push(credentials.clone());
            Ok(credentials)
        })
    }

    fn is_per_connection(&self) -> bool {
        self.tokens.is_per_connection()
    }
}

async fn tokens(keys: u32) -> TokenCredentials {
    let configuration = configuration(keys, None).await;
    TokenCredentials::with_configuration(configuration, HOST, 5432, "cusip_app").unwrap()
}

#[tokio::test]
async fn each_new_connection_gets_its_own_token() {
    let recorder = Arc::new(Recorder {
        tokens: tokens(2).await,
        given: Mutex::default(),
    });
    let config = TestDatabase::empty().config();
    let database = Pool::new(ConnectOptions::new(config).credentials(recorder.clone()));
    for _ in 0..2 {
        // Two checks at once need two connections. In the second round they already exist.
        let (one, two) = tokio::join!(database.check_server(), database.check_server());
        one.and(two).unwrap();
        let given = recorder.given.lock().unwrap();
        assert_eq!(given.len(), 2);
        assert_ne!(given[0], given[1]);
    }
}

#[tokio::test]
async fn unsigned_token_error_says_why_and_what_to_do() {
    let config = TestDatabase::empty().config();
    let options = ConnectOptions::new(config).credentials(Arc::new(tokens(0).await));
    let text = failure(&Pool::new(options)).await;
    for part in [
        &format!("cannot sign a token for the database user \"cusip_app\" at {HOST}"),
        "the session has expired",
        "`aws sso login`",
        "rds-db:connect",
    ] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
}

#[tokio::test]
async fn debug_shows_only_user_and_server() {
    let tokens = tokens(1).await;
    let credentials = tokens.credentials().await.unwrap();
    let shown = format!("{tokens:?} {credentials:?}");
    assert!(
        shown.contains(HOST) && shown.contains("cusip_app"),
        "{shown}"
    );
    assert!(!shown.contains("X-Amz-Signature"), "{shown}");
    assert!(!shown.contains(SECRET_KEY), "{shown}");
}
