//! Syncs that are killed, run side by side, or have no space. The next sync makes the same lake as one that was
//! never disturbed, byte for byte.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cusip_test_support::{Running, TestDatabase, program};
use tempfile::tempdir;

use super::{files, sync, synced, synthetic_days, verified};

/// How many syncs are killed. The environment can ask for more.
const KILLS: u32 = 8;
const MORE_KILLS: &str = "CUSIP_TEST_KILLS";

/// Loads some days of a few hundred records.
fn days() -> TestDatabase {
    synthetic_days(4, 40)
}

fn start(database: &TestDatabase, folder: &Path) -> Running {
    let to = folder.to_str().unwrap();
    Running::start_on(database, ["lake", "sync", "--to", to])
}

#[test]
fn sync_after_killed_ones_makes_the_same_lake() {
    let database = days();
    let began = Instant::now();
    let undisturbed = synced(&database);
    let whole = began.elapsed();
    let kills = std::env::var(MORE_KILLS).map_or(KILLS, |kills| kills.parse().unwrap());
    let lake = tempdir().unwrap();
    let mut lengths = Vec::new();
    for kill in 0..kills {
        // The moments are spread over a sync, and each sync continues the one before or begins anew.
        let moment = whole * (kill % 7 + 1) / 9 + Duration::from_millis(u64::from(kill));
        if kill % 5 == 0 {
            fs::remove_dir_all(lake.path()).unwrap();
            fs::create_dir(lake.path()).unwrap();
        }
        let running = start(&database, lake.path());
        thread::sleep(moment);
        drop(running);
        lengths.push(files(lake.path()).len());
    }
    sync(&database, lake.path(), &[]).assert_done();
    assert!(
        files(lake.path()) == files(undisturbed.path()),
        "{lengths:?}"
    );
    verified(&database, lake.path());
}

#[test]
fn syncs_side_by_side_make_the_same_lake() {
    let database = days();
    let undisturbed = synced(&database);
    let lake = tempdir().unwrap();
    let syncs: Vec<_> = (0..3).map(|_| start(&database, lake.path())).collect();
    for sync in syncs {
        let run = sync.end();
        // A sync may meet a file that the other one has not finished.
        assert!(run.code == 0 || run.code == 6, "{run:?}");
    }
    sync(&database, lake.path(), &[]).assert_done();
    assert!(files(lake.path()) == files(undisturbed.path()));
    verified(&database, lake.path());
}

/// A limit on the size of files fails writes as a full disk does.
#[test]
#[cfg(target_os = "linux")]
fn full_disk_is_an_error_and_the_next_sync_completes_the_lake() {
    let database = days();
    let undisturbed = synced(&database);
    let lake = tempdir().unwrap();
    for blocks in ["1", "8", "24"] {
        let mut command = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        command
            .args(["-c", &script, "sh"])
            .arg(program("cusip").get_program());
        command.args(["lake", "sync", "--to", lake.path().to_str().unwrap()]);
        command.args(database.arguments());
        let run = Running::start_command(command).end();
        run.assert_fails(1, &["cannot write", "File too large"]);
        for name in files(lake.path()).keys() {
            assert!(undisturbed.path().join(name).exists(), "{name}");
        }
    }
    sync(&database, lake.path(), &[]).assert_done();
    assert!(files(lake.path()) == files(undisturbed.path()));
    verified(&database, lake.path());
}

#[test]
fn unfinished_files_are_not_in_the_way() {
    let database = days();
    let lake = tempdir().unwrap();
    let folder = lake.path().join("issue/day=2024-01-15");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(".cusip-abc.part"), b"half").unwrap();
    sync(&database, lake.path(), &[]).assert_done();
    verified(&database, lake.path());
}
