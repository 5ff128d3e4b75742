//! `cusip load`.

mod bulk_load;
mod day_folder;
mod days;
mod dry_run;
mod fixing_rejects;
mod incomplete_files;
mod known_files;
mod rejects;
mod report;
mod strategies;
mod whole_day;
mod wrong_days;
