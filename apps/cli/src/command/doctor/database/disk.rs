//! Checks the free disk space of the server, if it can be determined.

use cusip_connect::HostAddresses;
use cusip_loader::DayFiles;
use cusip_postgres::Database;

use super::SECTION;
use crate::command::doctor::report::{Finding, Report, with_time_limit};
use crate::exit::ExitStatus;
use crate::output::number;

const MEBIBYTE: u64 = 1024 * 1024;

/// The bytes that a first load needs on disk for each byte of its files.
///
/// Rows, indexes and WAL of 420,000 records took 6.8 on PostgreSQL 15. While a load runs, its staged
/// records need more.
const BYTES_PER_BYTE: u64 = 9;

pub(super) async fn check(
    database: &Database,
    hosts: &[HostAddresses],
    files: Option<&DayFiles>,
    report: &mut Report<'_>,
) {
    let usage = match with_time_limit(ExitStatus::Database, database.pool().disk_usage()).await {
        Ok(usage) => usage,
        // A load works without this knowledge.
        Err(_) => {
            return report.add(
                SECTION,
                "disk",
                Finding::skipped("the server does not report it"),
            );
        }
    };
    let size = format!("the database takes {}", mebibytes(usage.database_bytes));
    // If the server is on another machine, so is its folder.
    let is_this_machine = hosts.iter().all(|host| host.addresses.is_none());
    let folder = usage.data_folder.filter(|_| is_this_machine);
    let Some(free) = folder.as_deref().and_then(free_bytes) else {
        let detail =
            format!("{size}; the free space on the server's disk cannot be determined from here");
        return report.add(SECTION, "disk", Finding::ok(detail));
    };
    let sizes = files.iter().flat_map(|files| &files.found);
    let sizes = sizes.filter_map(|(_, meta)| meta.size);
    let needed = sizes.sum::<u64>().saturating_mul(BYTES_PER_BYTE);
    let detail = format!("{size}; {} are free", mebibytes(free));
    let finding = if free < needed {
        let detail = format!("{detail}, and a load may need {}", mebibytes(needed));
        Finding::warning(
            detail,
            "free some space on the server's disk, or enlarge it",
        )
    } else {
        Finding::ok(detail)
    };
    report.add(SECTION, "disk", finding);
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", number(bytes.div_ceil(MEBIBYTE)))
}

#[cfg(unix)]
fn free_bytes(folder: &str) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_folder: &str) -> Option<u64> {
    None
}
