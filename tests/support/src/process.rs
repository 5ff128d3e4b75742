//! Processes, signals, pipes, and waiting.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Much longer than anything here takes. A longer wait has failed.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Waits until a condition holds.
///
/// # Panics
///
/// Panics if it does not hold after a minute.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "still not: {what}");
        thread::sleep(POLL_INTERVAL);
    }
}

/// Sends a signal to a process.
///
/// # Panics
///
/// Panics if there is no such process.
pub fn signal(process: u32, signal: Signal) {
    kill_process(pid(process), signal).expect("the process is there");
}

/// Sends a signal to all processes in a group, as a terminal does.
///
/// # Panics
///
/// Panics if there is no such group.
pub fn signal_group(leader: u32, signal: Signal) {
    kill_process_group(pid(leader), signal).expect("the group is there");
}

/// Creates a named pipe.
///
/// # Panics
///
/// Panics if it cannot be created.
pub fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is installed").success(), "{path:?}");
}

fn pid(process: u32) -> Pid {
    Pid::from_raw(process.cast_signed()).expect("it is the number of a process")
}
