//! Checks that the server wrote every row that it was given.

use cusip_connect::Client;

use super::Load;
use crate::error::Error;

/// What can keep rows out of a table without an error.
const SUSPECTS: &str = "
    select format('the trigger %I', tgname) from pg_trigger
    where tgrelid = $1::text::regclass and not tgisinternal and tgenabled <> 'D' and tgtype & 3 = 3
    union all
    select format('the rule %I', rulename) from pg_rewrite
    where ev_class = $1::text::regclass and is_instead and ev_enabled <> 'D' and ev_type <> '1'
    order by 1";

/// Fails the load if the server wrote fewer or more rows to a table than it should have.
pub(super) async fn check(
    load: &Load,
    table: &str,
    expected: u64,
    written: u64,
) -> Result<(), Error> {
    if written == expected {
        return Ok(());
    }
    let suspects = suspects(load.client(), table).await;
    Err(Error::NotAllWritten {
        place: load.database().place().to_owned(),
        table: table.to_owned(),
        expected,
        written,
        suspects: suspects.map_err(|error| {
            let task = format!("look for the triggers and rules of {table}");
            load.database().statement(task, error)
        })?,
    })
}

async fn suspects(client: &Client, table: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client.query(SUSPECTS, &[&table]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
