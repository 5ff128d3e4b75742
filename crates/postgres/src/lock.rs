//! The lock that makes loads and migrations one at a time.
//!
//! An advisory lock of the transaction that will commit the work: it works behind transaction
//! poolers, ends with its transaction however that ends, and cannot be left behind.

use deadpool_postgres::Object;

use crate::database::Database;
use crate::error::Error;
use crate::ledger;

/// `CUSIPLD` and a version in ASCII, so that the lock is recognised in `pg_locks`.
const KEY: i64 = i64::from_be_bytes(*b"CUSIPLD\x01");

/// Takes the lock for the connection's transaction, or says who has it.
pub(crate) async fn take(database: &Database, client: &Object) -> Result<(), Error> {
    let row = (client
        .query_one("select pg_try_advisory_xact_lock($1)", &[&KEY])
        .await)
        .map_err(|error| database.statement("take the load lock", error))?;
    if row.get(0) {
        return Ok(());
    }
    Err(Error::Busy {
        place: database.place().to_owned(),
        job: ledger::running_job(client).await,
    })
}

/// Returns the SQL that tells whether anybody holds the lock, without touching it.
pub(crate) fn is_held() -> String {
    format!(
        "exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
             and classid = {} and objid = {}
             and database = (select oid from pg_database where datname = current_database()))",
        KEY >> 32,
        KEY & 0xffff_ffff,
    )
}
