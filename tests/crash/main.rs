//! Loads that are killed, canceled or short of resources leave nothing half done.

#[cfg(target_os = "linux")]
mod full_disk;
mod killed_loader;
mod killed_server;
mod lost_commit;
#[cfg(target_os = "linux")]
mod many_names;
#[cfg(target_os = "linux")]
mod memory;
mod one_load_at_a_time;
mod one_transaction;
mod signals;
mod stopped_loader;
