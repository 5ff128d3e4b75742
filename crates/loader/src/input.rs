//! The files that a load reads.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cusip_pif::{FileKind, PifFileName};
use cusip_source::{
    FileMeta, FileSource, FileSourceExt as _, OpenFile, OpenOptions, open_file, open_reader,
};

use crate::error::Error;

/// A file to be loaded or checked, of a known kind.
#[derive(Debug)]
pub struct Input {
    kind: FileKind,
    meta: FileMeta,
    content: Content,
}

enum Content {
    Open(OpenFile, Reopening),
    Listed(Arc<dyn FileSource>),
}

/// How to open a file a second time.
pub(crate) enum Reopening {
    Listed(Arc<dyn FileSource>),
    Path(PathBuf),
    /// What it yielded is gone: standard input, a pipe.
    Impossible,
}

impl Input {
    /// Opens a local file. The kind comes from its name, unless one is given.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownKind`] if no kind is given and the name tells none; [`Error::Source`] if the
    /// file cannot be opened.
    pub async fn from_path(path: &Path, kind: Option<FileKind>) -> Result<Self, Error> {
        let file = open_file(path).await?;
        let kind = match kind {
            Some(kind) => kind,
            None => kind_of(file.meta.name())?,
        };
        // Only regular files have a size.
        let again = match file.meta.size {
            Some(_) => Reopening::Path(path.to_owned()),
            None => Reopening::Impossible,
        };
        Ok(Self::opened(kind, file, again))
    }

    /// Reads from a reader, such as standard input.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] if the reading cannot be started.
    pub fn from_reader(
        name: &str,
        reader: impl Read + Send + 'static,
        kind: FileKind,
    ) -> Result<Self, Error> {
        let file = open_reader(name, reader)?;
        Ok(Self::opened(kind, file, Reopening::Impossible))
    }

    /// Takes a file as a source has listed it. It is opened when its turn comes, in this version.
    #[must_use]
    pub fn listed(kind: FileKind, meta: FileMeta, source: Arc<dyn FileSource>) -> Self {
        Self {
            kind,
            meta,
            content: Content::Listed(source),
        }
    }

    /// Returns the file's kind.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// Returns what is known of the file besides its content.
    #[must_use]
    pub const fn meta(&self) -> &FileMeta {
        &self.meta
    }

    pub(crate) async fn open(self) -> Result<(OpenFile, Reopening), Error> {
        match self.content {
            Content::Open(file, again) => Ok((file, again)),
            Content::Listed(source) => {
                let file = source.open_listed(&self.meta).await?;
                Ok((file, Reopening::Listed(source)))
            }
        }
    }

    fn opened(kind: FileKind, file: OpenFile, again: Reopening) -> Self {
        Self {
            kind,
            meta: file.meta.clone(),
            content: Content::Open(file, again),
        }
    }
}

impl Reopening {
    pub(crate) const fn is_possible(&self) -> bool {
        !matches!(self, Self::Impossible)
    }

    /// Opens the version of the file that was read before, if there can be one.
    pub(crate) async fn open(&self, before: &FileMeta) -> Result<Option<OpenFile>, Error> {
        match self {
            Self::Listed(source) => Ok(Some(source.open_listed(before).await?)),
            Self::Path(path) => {
                let file = open_file(path).await?;
                let same = OpenOptions::new().with_if_match(before.clone());
                same.check(&file.meta)?;
                Ok(Some(file))
            }
            Self::Impossible => Ok(None),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Open(..) => "Open",
            Self::Listed(_) => "Listed",
        })
    }
}

fn kind_of(name: &str) -> Result<FileKind, Error> {
    let name: PifFileName = name.parse().map_err(Error::UnknownKind)?;
    Ok(name.kind())
}
