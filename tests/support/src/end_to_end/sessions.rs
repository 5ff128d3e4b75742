//! Sessions that block a load, and waiting for the server's sessions.

use cusip_pif::FileKind;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Client;

use crate::{TestDatabase, eventually};

/// An open transaction of the test. It holds its locks until it is dropped.
#[derive(Debug)]
pub struct Session {
    client: Client,
    runtime: Runtime,
}

impl Session {
    /// Begins a transaction with these statements.
    pub fn begin(database: &TestDatabase, statements: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let client = runtime.block_on(database.client());
        let session = Self { client, runtime };
        session.execute(&format!("begin; {statements}"));
        session
    }

    /// Runs statements in the transaction.
    pub fn execute(&self, statements: &str) {
        let executed = self.runtime.block_on(self.client.batch_execute(statements));
        executed.expect("the statements run");
    }

    /// Returns whether the server has ended the session.
    pub fn is_lost(&self) -> bool {
        self.runtime
            .block_on(self.client.batch_execute(""))
            .is_err()
    }

    /// Rolls back, which releases the locks.
    pub fn end(self) {
        self.execute("rollback");
    }
}

/// Waits until a statement that starts like this waits for a lock, and returns its server process.
#[track_caller]
pub fn await_waiting(database: &TestDatabase, statement: &str) -> u32 {
    let waiting = "wait_event_type = 'Lock'";
    await_one(&format!("{statement:?} waits for a lock"), || {
        sessions(database, statement, waiting)
    })
}

/// Waits until a load waits for a lock to write staged records into a table, and returns its server
/// process.
#[track_caller]
pub fn await_waiting_write(database: &TestDatabase, table: &str) -> u32 {
    let writes = [
        format!("update {table} as master "),
        format!("insert into {table} ("),
    ];
    await_one(&format!("a write of {table} waits for a lock"), || {
        let waiting = "wait_event_type = 'Lock'";
        let find = |write: &String| sessions(database, write, waiting);
        writes.iter().flat_map(find).collect()
    })
}

/// Waits until the program runs a statement that starts like this.
#[track_caller]
pub fn await_statement(database: &TestDatabase, statement: &str) {
    await_one(&format!("{statement:?} is asked"), || {
        sessions(database, statement, "true")
    });
}

/// Waits until the server has copied some records of a kind and waits for more, and returns the server
/// process.
#[track_caller]
pub fn await_copy(database: &TestDatabase, kind: FileKind) -> u32 {
    let statement = format!("copy pg_temp.staging_{} (", cusip_postgres::table_of(kind));
    let has_rows = "wait_event = 'ClientRead' and exists (select from pg_stat_progress_copy as copy
        where copy.pid = pg_stat_activity.pid and tuples_processed > 0)";
    await_one(&format!("{kind} records are copied"), || {
        sessions(database, &statement, has_rows)
    })
}

/// Waits until the program has no session on the server.
#[track_caller]
pub fn await_no_session(database: &TestDatabase) {
    eventually("the program's sessions are gone", || {
        sessions(database, "", "true").is_empty()
    });
}

#[track_caller]
fn await_one(what: &str, find: impl Fn() -> Vec<u32>) -> u32 {
    let mut found = Vec::new();
    eventually(what, || {
        found = find();
        found.len() == 1
    });
    found[0]
}

/// Returns the other server processes whose statements start like this.
fn sessions(database: &TestDatabase, statement: &str, condition: &str) -> Vec<u32> {
    let statement = statement.replace('\'', "''");
    let rows = database.query(&format!(
        "select pid from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend'
             and pid <> pg_backend_pid() and starts_with(query, '{statement}') and {condition}"
    ));
    rows.concat()
        .iter()
        .map(|process| process.parse().expect("a number"))
        .collect()
}
