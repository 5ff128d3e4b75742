//! The status that a running server writes to its data folder.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The contents of the file `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerStatus {
    pub(crate) process_id: u32,
    /// The port in the socket's name.
    pub(crate) port: Option<u16>,
    /// The folder of the socket, which is empty until the server has created the socket.
    pub(crate) socket_folder: PathBuf,
    /// Whether the server accepts connections. A killed server may have left this behind.
    pub(crate) ready: bool,
}

impl ServerStatus {
    /// Reads the file, if it exists. See <https://www.postgresql.org/docs/current/storage-file-layout.html>.
    pub(crate) fn read(data_folder: &Path) -> Option<Self> {
        Self::parse(&fs::read(data_folder.join("postmaster.pid")).ok()?)
    }

    fn parse(contents: &[u8]) -> Option<Self> {
        // Paths may not be UTF-8.
        let mut lines = contents.split(|&byte| byte == b'\n');
        let process_id = number(lines.next()?)?;
        let port = lines.nth(2).and_then(number);
        let socket_folder = lines.next().unwrap_or_default();
        Some(Self {
            process_id,
            port,
            socket_folder: OsStr::from_bytes(socket_folder).into(),
            // The eighth and last line, which appears with the first change of state.
            ready: lines.nth(2).map(<[u8]>::trim_ascii) == Some(b"ready"),
        })
    }
}

fn number<T: FromStr>(line: &[u8]) -> Option<T> {
    str::from_utf8(line).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_is_ready_only_if_the_last_line_says_so() {
        let text = "4711\n/data\n1790000000\n5432\n/tmp/cusip-x\n\n  5 32768\n";
        for (status, ready) in [("", false), ("starting\n", false), ("ready   \n", true)] {
            let parsed = ServerStatus::parse(format!("{text}{status}").as_bytes()).unwrap();
            assert_eq!(
                (parsed.process_id, parsed.ready),
                (4711, ready),
                "{status:?}"
            );
            assert_eq!(parsed.port, Some(5432));
            assert_eq!(parsed.socket_folder, Path::new("/tmp/cusip-x"));
        }
        assert_eq!(ServerStatus::parse(b""), None);
    }
}
