//! The limit on open files. Each connection counts as one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for all connections. Many systems allow 1,024 or fewer unless a program asks for more.
const WANTED: u64 = 4_096;

/// Raises the limit as far as the system permits, and returns the new limit.
pub(crate) fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let (current, maximum) = (
        limit.current.unwrap_or(u64::MAX),
        limit.maximum.unwrap_or(u64::MAX),
    );
    let wanted = WANTED.min(maximum);
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    let granted = if current < wanted && setrlimit(Resource::Nofile, raised).is_ok() {
        wanted
    } else {
        current
    };
    usize::try_from(granted).unwrap_or(usize::MAX)
}
