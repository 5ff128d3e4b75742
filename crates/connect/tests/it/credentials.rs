//! Credentials that change while a program runs.

use std::sync::Arc;
use std::sync::Mutex;

use cusip_connect::{
    ConnectOptions, CredentialFuture, CredentialSource, Credentials, Error, Pool, Setting,
};
use cusip_test_support::{NetworkServer, TestDatabase};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::chain::chain;

const FIRST: &str = "tr0ub4dor";
const SECOND: &str = "battery-staple";

/// Keeps credentials until they are refused, as `SecretCredentials` does.
#[derive(Debug)]
struct Secret {
    answers: Mutex<Vec<Result<Credentials, &'static str>>>,
    is_per_connection: bool,
    heard: Mutex<Vec<&'static str>>,
}

impl Secret {
    /// Makes a secret that has these values in turn and keeps the last.
    fn new(values: impl IntoIterator<Item = Credentials>) -> Arc<Self> {
        Self::answering(values.into_iter().map(Ok), false)
    }

    fn answering(
        answers: impl IntoIterator<Item = Result<Credentials, &'static str>>,
        is_per_connection: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            is_per_connection,
            heard: Mutex::default(),
        })
    }

    fn heard(&self) -> Vec<&'static str> {
        self.heard.lock().unwrap().clone()
    }
}

impl CredentialSource for Secret {
    fn credentials(&self) -> CredentialFuture<'_> {
        self.heard.lock().unwrap().push("asked");
        let answer = self.answers.lock().unwrap()[0].clone();
        Box::pin(async move { answer.map_err(Into::into) })
    }

    fn refused(&self, credentials: &Credentials) {
        self.heard.lock().unwrap().push("refused");
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 && answers[0].as_ref() == Ok(credentials) {
            answers.drain(..1);
        }
    }

    fn is_per_connection(&self) -> bool {
        self.is_per_connection
    }
}

#[tokio::test]
async fn rotated_password_is_fetched_after_the_old_one_is_refused() {
    let server = NetworkServer::encrypted();
    create(server, "rotated", FIRST).await;
    let secret = Secret::new([FIRST, SECOND].map(|password| given("rotated", password)));
    let database = database(server, &secret);
    database.check_server().await.unwrap();
    assert_eq!(secret.heard(), ["asked"]);

    let superuser = server.superuser().await;
    let rotate = format!("alter role rotated password '{SECOND}'");
    superuser.batch_execute(&rotate).await.unwrap();
    // Open connections stay open.
    database.check_server().await.unwrap();
    assert_eq!(secret.heard(), ["asked"]);

    let end =
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'rotated'";
    superuser.batch_execute(end).await.unwrap();
    while let Err(error) = database.check_server().await {
        // The pool has not noticed yet that the server closed the connection.
        assert!(matches!(error, Error::Statement { .. }), "{error:?}");
    }
    assert_eq!(secret.heard(), ["asked", "asked", "refused", "asked"]);
}

#[tokio::test]
async fn same_credentials_are_not_tried_twice() {
    let server = NetworkServer::encrypted();
    create(server, "mistaken", FIRST).await;
    let secret = Secret::new([given("mistaken", SECOND)]);
    let error = database(server, &secret).check_server().await.unwrap_err();
    assert_eq!(secret.heard(), ["asked", "refused", "asked"]);
    assert!(
        chain(&error)
            .concat()
            .contains("password authentication failed")
    );
    assert!(!format!("{error:?}").contains(SECOND), "{error:?}");
    let refusal = "password authentication failed for user \"mistaken\"";
    assert_eq!(server.times_logged(refusal), 1);
}

#[tokio::test]
async fn refusal_of_credentials_for_one_connection_is_final() {
    let server = NetworkServer::encrypted();
    create(server, "token", FIRST).await;
    let answers = [FIRST, SECOND].map(|password| Ok(given("token", password)));
    let tokens = Secret::answering(answers, true);
    database(server, &tokens).check_server().await.unwrap();
    let tokens = Secret::answering(
        [Ok(given("token", SECOND)), Ok(given("token", FIRST))],
        true,
    );
    let error = database(server, &tokens).check_server().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(tokens.heard(), ["asked"]);
}

#[tokio::test]
async fn each_new_connection_asks_for_credentials() {
    let server = NetworkServer::encrypted();
    create(server, "crowd", FIRST).await;
    let secret = Secret::new([given("crowd", FIRST)]);
    let database = database(server, &secret);
    let (one, two) = tokio::join!(database.check_server(), database.check_server());
    one.and(two).unwrap();
    assert_eq!(secret.heard(), ["asked", "asked"]);
}

#[tokio::test]
async fn unknown_user_makes_the_source_renew_the_credentials() {
    let server = NetworkServer::encrypted();
    create(server, "successor", FIRST).await;
    let secret = Secret::new(["predecessor", "successor"].map(|user| given(user, FIRST)));
    database(server, &secret).check_server().await.unwrap();
    assert_eq!(secret.heard(), ["asked", "refused", "asked"]);
}

#[tokio::test]
async fn credentials_may_name_the_database() {
    let server = NetworkServer::encrypted();
    create(server, "pointer", FIRST).await;
    let credentials = given("pointer", FIRST)
        .host("127.0.0.1")
        .port(server.port())
        .dbname("postgres");
    let mut config = Config::new();
    config.host("nowhere.cusip.test").port(1).user("nobody");
    let options = ConnectOptions::new(config).credentials(Secret::new([credentials]));
    let database = Pool::new(options);
    assert_eq!(database.place(), "nobody on nowhere.cusip.test:1 as nobody");
    database.check_server().await.unwrap();
    let place = format!("postgres on 127.0.0.1:{} as pointer", server.port());
    assert_eq!(database.place(), place);
    assert_eq!(database.with_place("here").place(), "here");
}

#[tokio::test]
async fn host_of_credentials_may_be_a_sockets_folder() {
    let there = TestDatabase::empty().config();
    let [Host::Unix(folder)] = there.get_hosts() else {
        panic!("{there:?}");
    };
    let credentials = given(there.get_user().unwrap(), FIRST)
        .host(folder.to_str().unwrap())
        .port(there.get_ports()[0])
        .dbname(there.get_dbname().unwrap());
    let config = NetworkServer::encrypted().config("nobody");
    let options = ConnectOptions::new(config).credentials(Secret::new([credentials]));
    let encryption = Pool::new(options).encryption().await.unwrap();
    assert!(encryption.protocol.is_none(), "{encryption:?}");
}

#[tokio::test]
async fn failure_of_the_source_is_part_of_the_error() {
    let server = NetworkServer::encrypted();
    let secret = Secret::answering([Err("the secret is gone")], false);
    let error = database(server, &secret).check_server().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let texts = chain(&error);
    assert!(
        texts[0].contains(&format!(" on {}:", NetworkServer::NAME)),
        "{texts:?}"
    );
    assert_eq!(texts.last().unwrap(), "the secret is gone");
}

#[tokio::test]
async fn missing_password_refers_to_the_setting() {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(NetworkServer::encrypted().port())
        .user(NetworkServer::USER);
    let error = Pool::new(config).check_server().await.unwrap_err();
    assert_eq!(error.setting(), Some(Setting::Credentials));
    assert!(error.to_string().contains("set a password"), "{error}");
}

#[test]
fn debug_of_credentials_hides_the_password() {
    let shown = format!("{:?}", given("ada", FIRST).host("db"));
    assert!(shown.contains("ada") && shown.contains("db"), "{shown}");
    assert!(!shown.contains(FIRST), "{shown}");
}

fn given(user: &str, password: &str) -> Credentials {
    Credentials::new().user(user).password(password)
}

fn database(server: &NetworkServer, source: &Arc<Secret>) -> Pool {
    let source: Arc<dyn CredentialSource> = source.clone();
    Pool::new(ConnectOptions::new(server.config("nobody")).credentials(source))
}

async fn create(server: &NetworkServer, user: &str, password: &str) {
    let create = format!("create role {user} login password '{password}'");
    let superuser = server.superuser().await;
    superuser.batch_execute(&create).await.unwrap();
}
