//! Secrets Manager secrets in a long-running program.

use std::sync::Arc;

use cusip_aws::SecretCredentials;
use cusip_connect::{ConnectOptions, Error, Pool};
use cusip_test_support::{NetworkServer, SecretsManager};
use serde_json::json;

use crate::account::{SECRET_KEY, configuration};
use crate::failure;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:cusip-AbCdEf";
const FIRST: &str = "tr0ub4dor";
const SECOND: &str = "battery-staple";

/// A database user, and the secret with its password.
struct User {
    manager: SecretsManager,
    name: &'static str,
}

impl User {
    async fn create(name: &'static str) -> Self {
        let manager = SecretsManager::start();
        execute(&format!("create role {name} login password '{FIRST}'")).await;
        let user = Self { manager, name };
        user.write_secret(FIRST);
        user
    }

    /// Writes the secret the way RDS does.
    fn write_secret(&self, password: &str) {
        let secret = json!({"username": self.name, "password": password});
        self.manager.put(ARN, &secret.to_string());
    }

    async fn change_password(&self, password: &str) {
        execute(&format!("alter role {} password '{password}'", self.name)).await;
    }

    async fn credentials(&self) -> SecretCredentials {
        let configuration = configuration(1, Some(self.manager.endpoint())).await;
        SecretCredentials::with_configuration(ARN, &configuration)
    }

    async fn database(&self) -> Pool {
        let options = ConnectOptions::new(NetworkServer::encrypted().config("nobody"));
        Pool::new(options.credentials(Arc::new(self.credentials().await)))
    }

    fn times_read(&self) -> usize {
        self.manager.requests().len()
    }
}

async fn execute(statement: &str) {
    let superuser = NetworkServer::encrypted().superuser().await;
    superuser.batch_execute(statement).await.unwrap();
}

#[tokio::test]
async fn password_rotation_needs_no_restart() {
    let user = User::create("rotated").await;
    let database = user.database().await;
    database.check_server().await.unwrap();
    assert_eq!(user.times_read(), 1);

    user.change_password(SECOND).await;
    user.write_secret(SECOND);
    // The open connection stays open. The second one has to log in.
    let (one, two) = tokio::join!(database.check_server(), database.check_server());
    one.and(two).unwrap();
    assert_eq!(user.times_read(), 2);

    execute(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'rotated'",
    )
    .await;
    while let Err(error) = database.check_server().await {
        // The pool has not noticed yet that the server closed the connection.
        assert!(matches!(error, Error::Statement { .. }), "{error:?}");
    }
    assert_eq!(user.times_read(), 2, "the new password is remembered");
}

#[tokio::test]
async fn outdated_secret_is_read_again_for_the_next_connection() {
    let user = User::create("ahead").await;
    user.change_password(SECOND).await;
    let database = user.database().await;
    let text = failure(&database).await;
    assert!(text.contains("password authentication failed"), "{text}");
    assert!(text.contains("check user and password"), "{text}");
    assert!(!text.contains(FIRST), "{text}");

    user.write_secret(SECOND);
    database.check_server().await.unwrap();
}

#[tokio::test]
async fn one_read_of_the_secret_serves_many_connections() {
    let user = User::create("crowd").await;
    let database = user.database().await;
    database.check_server().await.unwrap();
    let (one, two) = tokio::join!(database.check_server(), database.check_server());
    one.and(two).unwrap();
    assert_eq!(user.times_read(), 1);
}

#[tokio::test]
async fn debug_shows_only_the_name_of_the_secret() {
    let user = User::create("shown").await;
    let credentials = Arc::new(user.credentials().await);
    let config = NetworkServer::encrypted().config("nobody");
    let options = ConnectOptions::new(config).credentials(credentials.clone());
    let database = Pool::new(options.clone());
    database.check_server().await.unwrap();
    let shown = format!("{credentials:?} {options:?} {database:?}");
    assert!(shown.contains(ARN), "{shown}");
    for secret in [FIRST, NetworkServer::PASSWORD, SECRET_KEY] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
