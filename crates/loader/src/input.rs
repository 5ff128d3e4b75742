//! The files that a load reads.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use cusip_pif::{FileKind, PifFileName};
use cusip_source::{FileMeta, FileSource, FileSourceExt as _, OpenFile, open_file, open_reader};

use crate::error::Error;

/// A file to be loaded or checked, of a known kind.
#[derive(Debug)]
pub struct Input {
    kind: FileKind,
    meta: FileMeta,
    content: Content,
}

enum Content {
    Open(OpenFile),
    Listed(Arc<dyn FileSource>),
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
        Ok(Self::opened(kind, file))
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
        Ok(Self::opened(kind, open_reader(name, reader)?))
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

    pub(crate) async fn open(self) -> Result<OpenFile, Error> {
        match self.content {
            Content::Open(file) => Ok(file),
            Content::Listed(source) => Ok(source.open_listed(&self.meta).await?),
        }
    }

    fn opened(kind: FileKind, file: OpenFile) -> Self {
        Self {
            kind,
            meta: file.meta.clone(),
            content: Content::Open(file),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Open(_) => "Open",
            Self::Listed(_) => "Listed",
        })
    }
}

fn kind_of(name: &str) -> Result<FileKind, Error> {
    let name: PifFileName = name.parse().map_err(Error::UnknownKind)?;
    Ok(name.kind())
}
