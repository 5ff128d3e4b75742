//! Writes the files of a day to a folder.

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
use crate::sequence::Sequence;

const BUFFER_BYTES: usize = 256 * 1024;

/// What to do with files of the day that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse to write anything: they may be real files.
    Refuse,
    /// Replace them.
    Replace,
}

impl Day {
    /// Writes the three files to a folder under their usual names, and returns the paths.
    ///
    /// The paths are in the order of [`FileKind::ALL`]. Creates the folder if it does not exist.
    /// Existing files are replaced only after all three files are complete; an error before that
    /// leaves the folder unchanged.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`], [`Error::Folder`], [`Error::Write`] or [`Error::Place`], with the path.
    pub fn write_folder(
        &self,
        folder: impl AsRef<Path>,
        existing: Existing,
    ) -> Result<[PathBuf; 3], Error> {
        let folder = folder.as_ref();
        let paths = self.paths(folder);
        prepare(folder, &paths, existing)?;
        let mut files = Vec::new();
        for (kind, path) in FileKind::ALL.into_iter().zip(&paths) {
            files.push(write_file(self, kind, folder, path)?);
        }
        for (file, path) in files.into_iter().zip(&paths) {
            let placed = match existing {
                Existing::Refuse => file.persist_noclobber(path),
                Existing::Replace => file.persist(path),
            };
            let delivered = delivery_time(self.options().date);
            let placed =
                (placed.map_err(io::Error::from)).and_then(|file| file.set_modified(delivered));
            placed.map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => Error::Exists { path: path.clone() },
                _ => Error::Place {
                    path: path.clone(),
                    source,
                },
            })?;
        }
        Ok(paths)
    }

    fn paths(&self, folder: &Path) -> [PathBuf; 3] {
        FileKind::ALL
            .map(|kind| folder.join(PifFileName::new(self.options().date, kind).to_string()))
    }
}

impl Sequence {
    /// Writes the three files of each day to a folder, as [`Day::write_folder`] does, and returns their
    /// paths. If existing files are refused, those of any day are refused before a day is written.
    ///
    /// # Errors
    ///
    /// As for [`Day::write_folder`]. The days before the one that failed are written.
    pub fn write_folder(
        &self,
        folder: impl AsRef<Path>,
        existing: Existing,
    ) -> Result<Vec<[PathBuf; 3]>, Error> {
        let folder = folder.as_ref();
        let paths: Vec<_> = self.days().flat_map(|day| day.paths(folder)).collect();
        prepare(folder, &paths, existing)?;
        self.days()
            .map(|day| day.write_folder(folder, existing))
            .collect()
    }
}

/// Creates the folder, and refuses existing files unless they may be replaced.
fn prepare(folder: &Path, paths: &[PathBuf], existing: Existing) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Folder {
        path: folder.to_owned(),
        source,
    })?;
    match existing {
        Existing::Refuse => refuse_existing(folder, paths),
        Existing::Replace => Ok(()),
    }
}

/// Refuses a folder that has one of the files, whatever the case of its name.
fn refuse_existing(folder: &Path, paths: &[PathBuf]) -> Result<(), Error> {
    let failed = |source| Error::Folder {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_of_day = paths.iter().any(|written| {
            let (written, found) = (written.file_name(), path.file_name());
            written
                .zip(found)
                .is_some_and(|(written, found)| written.eq_ignore_ascii_case(found))
        });
        if is_of_day {
            return Err(Error::Exists { path });
        }
    }
    Ok(())
}

/// Writes a file under a temporary name. It is deleted unless it gets its final name.
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

/// Returns the time when the files of a day would have been delivered: 6:00 UTC.
///
/// The files get this as their last-modified time, so that they can be loaded for that day.
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
    // By default, only its owner can read a temporary file, even after it is renamed.
    #[cfg(unix)]
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder.tempfile_in(folder)
}
