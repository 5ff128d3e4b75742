//! The public behavior of the database crate, on a real server.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions only, not what they share"
)]

mod bulk_load;
mod codes;
mod comments;
mod copied_values;
mod day;
mod decoding;
mod diagnosis;
mod dropped_loads;
mod fields;
mod history;
mod history_functions;
mod history_prune;
mod history_rows;
mod history_states;
mod job_log;
mod job_log_days;
mod job_log_queries;
mod layouts;
mod load_lock;
mod lookups;
mod master_rows;
mod merge;
mod migrations;
mod nearly_empty;
mod notifications;
mod orphans;
mod reader_columns;
mod reference_tables;
mod reject_log;
mod replication;
mod schema_history;
mod search;
mod superseded;
mod suppressed_rows;
mod trial_load;
mod unreachable;
