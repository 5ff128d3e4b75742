//! Helpers for tests of the programs: run them, watch them, and check the database afterwards.

pub mod api;
mod balancer;
mod breaking_proxy;
pub mod bucket;
mod cutting_proxy;
mod database_checks;
mod database_gate;
mod folder;
mod front;
mod history_checks;
mod old_server;
mod pgpool;
mod pooler;
mod pooler_process;
mod run;
mod running;
mod sessions;
mod two_days;

use cusip_pif::Date;

pub use self::balancer::Balancer;
pub use self::breaking_proxy::{Break, BreakingProxy};
pub use self::cutting_proxy::CuttingProxy;
pub use self::database_checks::{
    JOB_BY_HAND, assert_consistent, assert_counts, assert_strategy, content_digests, master_rows,
    row_versions, table_definitions,
};
pub use self::database_gate::DatabaseGate;
pub use self::folder::{DayFolder, open_folder};
pub use self::history_checks::assert_replays;
pub use self::old_server::OldServer;
pub use self::pgpool::Pgpool;
pub use self::pooler::Pooler;
pub use self::run::{
    Run, arguments_as, assert_no_secrets, cusip, cusip_in, cusip_on, cusip_reading, finish,
    load_document, program, program_path,
};
pub use self::running::{Pipe, Running};
pub use self::sessions::{
    Session, await_copy, await_no_session, await_statement, await_waiting, await_waiting_write,
};
pub use self::two_days::TwoDays;

/// Returns the tests' day.
#[must_use]
pub fn day() -> Date {
    Date::new(2024, 1, 15).expect("a day of the calendar")
}
