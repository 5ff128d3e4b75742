//! The server's log file. Its lock is held as long as any process of the server is running.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::account::Account;
use crate::error::Error;

/// A larger log is truncated when the next server starts.
const SIZE_LIMIT: u64 = 16 << 20;

const EXCERPT_LINES: usize = 20;
const EXCERPT_BYTES: u64 = 16 << 10;

/// Reads what the server wrote since it was started.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    /// Kept open, because a temporary server's log is removed before an error report needs it.
    file: File,
    start: u64,
}

/// The log, open for writing and locked. The lock lasts until the last process that inherited this
/// descriptor as its standard error has ended.
pub(crate) type LogWriter = File;

impl Log {
    /// Opens the log for a new server.
    pub(crate) fn open(path: &Path, account: &Account) -> Result<(LogWriter, Self), Error> {
        let writer = open_private(OpenOptions::new().append(true).create(true), path)?;
        account.own_file(&writer, path)?;
        let file = open_private(OpenOptions::new().read(true), path)?;
        let log = Self {
            path: path.to_owned(),
            file,
            start: 0,
        };
        Ok((writer, log))
    }

    /// Marks the start of the new server's lines. Call it after locking the log.
    pub(crate) fn begin(&mut self, writer: &LogWriter) -> Result<(), Error> {
        let length = writer
            .metadata()
            .map_err(Error::io("inspect", &self.path))?
            .len();
        self.start = length;
        if length > SIZE_LIMIT {
            writer
                .set_len(0)
                .map_err(Error::io("truncate", &self.path))?;
            self.start = 0;
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the last lines of this run, indented, for an error report. If the log cannot be read,
    /// returns the reason instead.
    pub(crate) fn excerpt(&self) -> String {
        let text = self
            .tail()
            .unwrap_or_else(|error| format!("(unreadable: {error})"));
        let lines: Vec<_> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(EXCERPT_LINES)..];
        match last {
            [] => "  (nothing)".to_owned(),
            lines => format!("  {}", lines.join("\n  ")),
        }
    }

    fn tail(&self) -> io::Result<String> {
        let mut file = &self.file;
        let length = file.metadata()?.len();
        let from = self.start.max(length.saturating_sub(EXCERPT_BYTES));
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(EXCERPT_BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Opens a file that only its owner can read.
///
/// Does not follow symbolic links, because root opens files in other users' folders.
pub(crate) fn open_private(options: &mut OpenOptions, path: &Path) -> Result<File, Error> {
    options
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .map_err(Error::io("open", path))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn excerpt_has_the_last_lines_of_this_run_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        std::fs::write(&path, "an earlier run\n").unwrap();
        let (mut writer, mut log) = Log::open(&path, &Account::Caller).unwrap();
        log.begin(&writer).unwrap();
        assert_eq!(log.excerpt(), "  (nothing)");

        for number in 1..=30 {
            writeln!(writer, "line {number}").unwrap();
        }
        let excerpt = log.excerpt();
        assert!(excerpt.starts_with("  line 11\n  line 12\n"), "{excerpt}");
        assert!(excerpt.ends_with("  line 30"), "{excerpt}");
    }

    #[test]
    fn log_over_the_limit_is_truncated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        File::create(&path)
            .unwrap()
            .set_len(SIZE_LIMIT + 1)
            .unwrap();
        let (writer, mut log) = Log::open(&path, &Account::Caller).unwrap();
        log.begin(&writer).unwrap();
        assert_eq!(writer.metadata().unwrap().len(), 0);
    }

    #[test]
    fn symbolic_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        let error = Log::open(&path, &Account::Caller).unwrap_err();
        assert!(
            matches!(error, Error::Io { action: "open", .. }),
            "{error:?}"
        );
    }
}
