//! The memory that a folder with many names needs.

use std::fs::{self, File};

use cusip_test_support::{Running, day, eventually, program, write_synthetic_day};
use tempfile::tempdir;

const NAMES: usize = 60_000;
const MOST_MEMORY: u64 = 40 * 1_024 * 1_024;

/// Holding all of these long names in memory would take more than the limit.
#[test]
fn folder_of_many_names_needs_no_more_memory_than_a_few() {
    let folder = tempdir().unwrap();
    write_synthetic_day(folder.path(), day(), 1, 1);
    let long = "X".repeat(200);
    let first = folder.path().join(format!("CED01-14R.PIP.{long}"));
    File::create(&first).unwrap();
    for number in 0..NAMES {
        let start = if number % 2 == 0 { "CED01-15" } else { "other" };
        let path = folder.path().join(format!("{start}{number}{long}"));
        // A link is cheaper to create than a file.
        if fs::hard_link(&first, &path).is_err() {
            File::create(&path).unwrap();
        }
    }
    let folder = folder.path().to_str().unwrap();
    for (day, code) in [("2024-01-15", 0), ("2024-01-16", 4)] {
        let mut command = program("cusip");
        command.args(["files", "--date", day, "--file-dir", folder]);
        let mut running = Running::start_command(command);
        let mut peak = 0;
        eventually("the program ends", || {
            peak = running.peak_memory().unwrap_or(peak);
            running.has_ended()
        });
        assert_eq!(running.end().code, code);
        assert!(peak < MOST_MEMORY, "{peak}");
    }
}
