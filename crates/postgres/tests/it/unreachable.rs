//! Databases that cannot be reached.

use cusip_pif::FileKind;
use cusip_postgres::{Database, Error, MigrationMode};
use cusip_test_support::{RefusingPort, TestDatabase};

use crate::day::{job, staging};
use crate::migrations::chain;

const PASSWORD: &str = RefusingPort::PASSWORD;

#[tokio::test]
async fn refused_connection_is_named_without_the_password() {
    let port = RefusingPort::take();
    let (database, place) = (Database::new(port.config()), port.place());
    assert_eq!(database.place(), place);
    let errors = [
        database.check_schema().await.unwrap_err(),
        database.migrate(MigrationMode::Commit).await.unwrap_err(),
        database.begin_load(&job()).await.unwrap_err(),
        database.search("apple", 1).await.unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(
                error,
                Error::Connection(cusip_connect::Error::Unreachable { .. })
            ),
            "{error:?}"
        );
        assert!(error.is_unavailable());
        let texts = chain(&error);
        assert!(texts[0].contains(&place), "{texts:?}");
        assert!(texts.last().unwrap().contains("refused"), "{texts:?}");
        assert!(!texts.concat().contains(PASSWORD), "{texts:?}");
        assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
    }
}

#[tokio::test]
async fn debug_of_a_load_shows_no_password() {
    let mut config = TestDatabase::migrated().config();
    config.password(PASSWORD);
    let load = Database::new(config).begin_load(&job()).await.unwrap();
    let mut sink = staging(&load).await;
    let target = sink.copy(FileKind::Issuer).await.unwrap();
    assert!(!format!("{load:?} {sink:?} {target:?}").contains(PASSWORD));
}
