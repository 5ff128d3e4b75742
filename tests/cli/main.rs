//! The `cusip` command as its users run it: the real program, a real server, real files.

mod aws;
mod check;
mod connection_mistakes;
mod doctor;
mod embedded;
mod encryption;
mod error_messages;
mod history;
mod job_list;
mod jobs;
mod kept_rejects;
mod load;
mod log;
mod lookup;
mod migrate;
mod pooler;
mod roles;
mod running_jobs;
mod s3;
mod search_quality;
mod secrets_in_output;
mod settings;
mod synth;
mod terminal;
mod upgrade;
mod usage;
