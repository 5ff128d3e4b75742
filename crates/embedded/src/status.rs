//! The status that a running server writes to its data folder.

use std::fs;
use std::path::Path;

/// The contents of the file `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerStatus {
    pub(crate) process_id: u32,
    /// Whether the server accepts connections. A killed server may have left this behind.
    pub(crate) ready: bool,
}

impl ServerStatus {
    /// Reads the file, if it exists. See <https://www.postgresql.org/docs/current/storage-file-layout.html>.
    pub(crate) fn read(data_folder: &Path) -> Option<Self> {
        // The file contains the data folder's path, which may not be UTF-8.
        let bytes = fs::read(data_folder.join("postmaster.pid")).ok()?;
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim);
        Some(Self {
            process_id: lines.next()?.parse().ok()?,
            // The eighth and last line, which appears with the first change of state.
            ready: lines.nth(6) == Some("ready"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_is_ready_only_if_the_last_line_says_so() {
        let text = "4711\n/data\n1790000000\n5432\n/tmp/cusip-x\n\n  5 32768\n";
        for (status, ready) in [("", false), ("starting\n", false), ("ready   \n", true)] {
            let parsed = ServerStatus::parse(&format!("{text}{status}")).unwrap();
            assert_eq!(
                (parsed.process_id, parsed.ready),
                (4711, ready),
                "{status:?}"
            );
        }
        assert_eq!(ServerStatus::parse(""), None);
    }
}
