//! The rejects of a file, as a file of its kind to fix and load.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use cusip_jobs::Reject;
use cusip_lake::PartFile;
use cusip_loader::RejectFile;

const LINE_END: &[u8] = b"\r\n";

/// The rejects of a file. The file for them is created with the first one.
pub(super) struct Rejects {
    path: Option<PathBuf>,
    open: Option<(PartFile, BufWriter<File>)>,
    count: u64,
}

impl Rejects {
    pub(super) const fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            open: None,
            count: 0,
        }
    }

    /// Returns how many rejects were added.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn add(&mut self, reject: &Reject) -> anyhow::Result<()> {
        self.count += 1;
        if let Some(line) = &reject.raw_line {
            self.line(line)?;
        }
        Ok(())
    }

    /// Writes the trailer and returns the path, if there are rejects. Otherwise removes the file of an
    /// earlier conversion that is being overwritten.
    pub(super) fn finish(mut self, force: bool) -> anyhow::Result<Option<PathBuf>> {
        if self.count > 0 {
            self.line(RejectFile::trailer("cusip convert").as_bytes())?;
        }
        let Some(path) = self.path else {
            return Ok(None);
        };
        let cannot_write = || format!("cannot write the rejects to {:?}", path.display());
        match self.open {
            Some((file, mut lines)) => {
                lines.flush().with_context(cannot_write)?;
                Ok(Some(file.keep(force)?))
            }
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(error).with_context(cannot_write)
                }
                _ => Ok(None),
            },
        }
    }

    fn line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        if self.open.is_none() {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .with_context(|| format!("cannot create the folder {:?}", folder.display()))?;
            }
            let file = PartFile::create(path)?;
            let lines = BufWriter::new(file.open()?);
            self.open = Some((file, lines));
        }
        if let Some((_, lines)) = &mut self.open {
            lines.write_all(line)?;
            lines.write_all(LINE_END)?;
        }
        Ok(())
    }
}
