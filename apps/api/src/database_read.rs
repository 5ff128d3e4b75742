//! Reads of the database for a request: with a time limit, and once more if the connection breaks.

use std::time::Duration;

use cusip_postgres::Error as DatabaseError;
use tokio::time::timeout;

use crate::problem::{Code, Problem};

/// Reads, once more if the connection breaks or leads to a server that was demoted: the answer to a
/// request must not depend on a connection. `place` names the database in errors.
pub(crate) async fn read_within<T, F>(
    limit: Duration,
    place: &str,
    read: impl Fn() -> F + Send + Sync,
) -> Result<T, Problem>
where
    T: Send,
    F: Future<Output = Result<T, DatabaseError>> + Send,
{
    let reading = async {
        match read().await {
            Err(error) if error.is_connection_lost() || error.is_read_only() => read().await,
            answer => answer,
        }
    };
    match timeout(limit, reading).await {
        Ok(read) => read.map_err(Into::into),
        Err(_) => Err(too_slow(limit, place)),
    }
}

/// Returns the problem of a database that does not answer in time.
pub(crate) fn too_slow(limit: Duration, place: &str) -> Problem {
    let seconds = limit.as_secs();
    let detail =
        format!("the database {place} did not respond within {seconds} s; try again later");
    Problem::new(Code::DatabaseUnavailable, detail)
}
