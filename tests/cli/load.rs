//! `cusip load`.

mod bulk_load;
mod days;
mod dry_run;
mod fixing_rejects;
mod incomplete_files;
mod known_files_and_days;
mod rejects;
mod strategies;
mod whole_day;
