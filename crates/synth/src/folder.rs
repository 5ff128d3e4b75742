//! Writes a day's files into a folder.

use std::fs;
use std::io::{self, BufWriter};
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cusip_pif::{Date, FileKind, PifFileName};
use tempfile::NamedTempFile;

use crate::day::Day;
use crate::error::Error;

const BUFFER_BYTES: usize = 256 * 1024;

impl Day {
    /// Writes the three files into the folder under the names that they are delivered under, and
    /// returns their paths in the order of [`FileKind::ALL`].
    ///
    /// The folder is made if it is not there. The files get their names, replacing what had them,
    /// only when all three are complete; a failure before leaves the folder as it was.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`], [`Error::Write`] or [`Error::Place`], with the path.
    pub fn write_folder(&self, folder: impl AsRef<Path>) -> Result<[PathBuf; 3], Error> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder).map_err(|source| Error::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let paths = FileKind::ALL
            .map(|kind| folder.join(PifFileName::new(self.options().date, kind).to_string()));
        let mut files = Vec::new();
        for (kind, path) in FileKind::ALL.into_iter().zip(&paths) {
            files.push(write_file(self, kind, folder, path)?);
        }
        for (file, path) in files.into_iter().zip(&paths) {
            let placed = (file.persist(path).map_err(io::Error::from))
                .and_then(|file| file.set_modified(delivery_time(self.options().date)));
            placed.map_err(|source| Error::Place {
                path: path.clone(),
                source,
            })?;
        }
        Ok(paths)
    }
}

/// Writes a file under a name of its own, by which it is removed if it never gets its right one.
fn write_file(
    day: &Day,
    kind: FileKind,
    folder: &Path,
    path: &Path,
) -> Result<NamedTempFile, Error> {
    let mut file = temporary_file(folder).map_err(|source| Error::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let output = BufWriter::with_capacity(BUFFER_BYTES, file.as_file_mut());
    let written = day.write(kind, output).map(drop);
    written.map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })?;
    Ok(file)
}

/// Returns the time at which the day's files would have been delivered: six in the morning, UTC.
///
/// The files say it as their last change, so that they can be loaded as that day's.
fn delivery_time(date: Date) -> SystemTime {
    let seconds = i64::from(date.days_since_unix_epoch()) * 86_400 + 6 * 3_600;
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        UNIX_EPOCH - distance
    } else {
        UNIX_EPOCH + distance
    }
}

fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".synthetic-").suffix(".part");
    // Left to itself, a temporary file can be read by its owner only, and keeps that when renamed.
    #[cfg(unix)]
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder.tempfile_in(folder)
}
