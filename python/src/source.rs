//! Where the bytes of a file come from. They can be read as often as a consumer likes.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use cusip_pif::{FileKind, PifFileName};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A file on disk, or the content of a file object.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Path(PathBuf),
    Content(Arc<[u8]>),
}

impl Source {
    /// Takes a path, or reads a file object to its end.
    pub(crate) fn new(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        if source.hasattr("read")? {
            let content = source.call_method0("read")?;
            let content: &[u8] = content.extract()?;
            return Ok(Self::Content(content.into()));
        }
        let path: PathBuf = source.extract()?;
        // Report a missing file now, and not when someone reads the records.
        File::open(&path).map_err(|error| with_path(&path, &error))?;
        Ok(Self::Path(path))
    }

    /// Returns the kind with this name or, without one, the kind that the path's name tells.
    pub(crate) fn kind(&self, name: Option<&str>) -> PyResult<FileKind> {
        if let Some(name) = name {
            let unknown = |error| PyValueError::new_err(format!("unknown kind {name:?}: {error}"));
            return name.parse::<FileKind>().map_err(unknown);
        }
        let path = match self {
            Self::Path(path) => path.file_name().unwrap_or_default().to_string_lossy(),
            Self::Content(_) => {
                let problem =
                    "a file object has no kind; pass kind='issuer', 'issue' or 'issue_attr'";
                return Err(PyValueError::new_err(problem));
            }
        };
        let name: PifFileName = path.parse().map_err(|error| {
            let remedy = "pass kind='issuer', 'issue' or 'issue_attr'";
            PyValueError::new_err(format!(
                "the kind of the file is unknown: {error}; {remedy}"
            ))
        })?;
        Ok(name.kind())
    }

    /// Opens the file at its beginning.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Path(path) => {
                Box::new(File::open(path).map_err(|error| with_path(path, &error))?)
            }
            Self::Content(content) => Box::new(Cursor::new(content.clone())),
        })
    }
}

fn with_path(path: &std::path::Path, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("cannot open {}: {error}", path.display()),
    )
}
