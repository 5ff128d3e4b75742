//! Who runs the program.

use cusip_jobs::Requester;

/// Returns the user and the machine of this process, for the job log.
///
/// Uses `unknown` for a name that the system does not report.
#[must_use]
pub fn requester(program: &'static str, program_version: &'static str) -> Requester {
    let unknown = |_| "unknown".to_owned();
    Requester {
        user: whoami::username().unwrap_or_else(unknown),
        host: whoami::hostname().unwrap_or_else(unknown),
        program,
        program_version,
        caller: None,
    }
}
