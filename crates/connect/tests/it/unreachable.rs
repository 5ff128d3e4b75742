//! Databases that cannot be reached.

use cusip_connect::{Error, Pool, Transaction};
use cusip_test_support::{RefusingPort, TestDatabase};

use crate::chain::chain;

const PASSWORD: &str = RefusingPort::PASSWORD;

#[tokio::test]
async fn refused_connection_names_the_database_without_the_password() {
    let port = RefusingPort::take();
    let (pool, place) = (Pool::new(port.config()), port.place());
    assert_eq!(pool.place(), place);
    let errors = [
        pool.check_server().await.unwrap_err(),
        pool.encryption().await.unwrap_err(),
        pool.server_state().await.unwrap_err(),
        pool.disk_usage().await.unwrap_err(),
        Transaction::begin(&pool).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        assert!(error.is_unavailable());
        let texts = chain(&error);
        assert!(texts[0].contains(&place), "{texts:?}");
        assert!(texts.last().unwrap().contains("refused"), "{texts:?}");
        assert!(!texts.concat().contains(PASSWORD), "{texts:?}");
        assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
    }
}

#[tokio::test]
async fn debug_of_a_pool_only_shows_its_place() {
    let pool = Pool::new(RefusingPort::take().config());
    let shown = format!("{pool:?}");
    assert!(shown.contains(pool.place()), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
}

#[tokio::test]
async fn unknown_database_is_unreachable_and_its_cause_is_not_repeated() {
    let mut config = TestDatabase::empty().config();
    config.dbname("nowhere").password(PASSWORD);
    let error = Pool::new(config).check_server().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let texts = chain(&error);
    let saying = texts.iter().filter(|text| text.contains("does not exist"));
    assert_eq!(saying.count(), 1, "{texts:?}");
    assert!(!format!("{texts:?} {error:?}").contains(PASSWORD));
}

#[tokio::test]
async fn supported_server_passes_the_check() {
    Pool::new(TestDatabase::empty().config())
        .check_server()
        .await
        .unwrap();
}
