//! Writes a day's files into a folder.

use std::fs;
use std::io::{self, BufWriter};
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use cusip_pif::{FileKind, PifFileName};
use tempfile::NamedTempFile;

use crate::day::Day;
use crate::error::Error;

const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) fn write(day: &Day, folder: &Path) -> Result<[PathBuf; 3], Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let paths = FileKind::ALL
        .map(|kind| folder.join(PifFileName::new(day.options().date, kind).to_string()));
    let mut files = Vec::new();
    for (kind, path) in FileKind::ALL.into_iter().zip(&paths) {
        files.push(write_file(day, kind, folder, path)?);
    }
    for (file, path) in files.into_iter().zip(&paths) {
        file.persist(path).map_err(|error| Error::Place {
            path: path.clone(),
            source: error.error,
        })?;
    }
    Ok(paths)
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

fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".synthetic-").suffix(".part");
    // Left to itself, a temporary file can be read by its owner only, and keeps that when renamed.
    #[cfg(unix)]
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder.tempfile_in(folder)
}
