//! What a server reports about itself.

use std::time::Duration;

use cusip_connect::Pool;
use cusip_test_support::TestDatabase;

#[tokio::test]
async fn writable_server_is_reported_as_such() {
    let database = TestDatabase::empty();
    let pool = Pool::new(database.config());
    let state = pool.server_state().await.unwrap();
    assert_eq!(state.database, database.name());
    assert_eq!(state.encoding, "UTF8");
    assert!(!state.is_replica && !state.is_read_only);
    assert_eq!(state.limits, []);
    // Both clocks are this machine's.
    assert!(state.clock_ahead_seconds.abs() < Duration::from_secs(60).as_secs_f64());
}
