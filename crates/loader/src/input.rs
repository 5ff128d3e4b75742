//! The files that a load or a check reads.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use cusip_pif::{FileKind, PifFileName};
use cusip_source::{
    FileKey, FileMeta, FileSource, FileSourceExt as _, OpenFile, OpenOptions, open_file,
    open_reader,
};

use crate::error::Error;

/// A file to load or to check, of a known kind.
#[derive(Debug)]
pub struct Input {
    kind: FileKind,
    location: String,
    origin: Origin,
    /// The file's metadata, once it was listed or opened.
    meta: Option<FileMeta>,
    /// The file, from when it was opened until it is read.
    open: Option<OpenFile>,
}

/// Where a file comes from, and so how to open it.
enum Origin {
    Path(PathBuf),
    Source(FileKey, Arc<dyn FileSource>),
    /// Standard input or a pipe: its content can be read only once.
    Stream,
}

impl Input {
    /// Names a local file. Its kind follows from its name, unless one is given. It is opened later.
    ///
    /// # Errors
    ///
    /// If no kind is given and it does not follow from the name: [`Error::Source`] if the file cannot
    /// be opened (then the name is probably wrong), else [`Error::UnknownKind`].
    pub async fn from_path(
        path: impl Into<PathBuf>,
        kind: Option<FileKind>,
    ) -> Result<Self, Error> {
        let path = path.into();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let kind = match (kind, name.parse::<PifFileName>()) {
            (Some(kind), _) => kind,
            (None, Ok(name)) => name.kind(),
            (None, Err(invalid)) => {
                open_file(&path).await?;
                return Err(Error::UnknownKind(invalid));
            }
        };
        let location = path.display().to_string();
        Ok(Self::unopened(kind, location, Origin::Path(path)))
    }

    /// Reads from a reader, such as standard input.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] if reading cannot be started.
    pub fn from_reader(
        name: &str,
        reader: impl Read + Send + 'static,
        kind: FileKind,
    ) -> Result<Self, Error> {
        let file = open_reader(name, reader)?;
        let mut input = Self::unopened(kind, String::new(), Origin::Stream);
        input.opened(file);
        Ok(input)
    }

    /// Names a file that a source listed. It is opened later, in this version.
    #[must_use]
    pub fn listed(kind: FileKind, meta: FileMeta, source: Arc<dyn FileSource>) -> Self {
        let origin = Origin::Source(meta.key.clone(), source);
        let mut input = Self::unopened(kind, meta.location.clone(), origin);
        input.meta = Some(meta);
        input
    }

    /// Names a file of a source by its key. Its kind follows from its name, unless one is given. It is
    /// opened later.
    ///
    /// # Errors
    ///
    /// Same as [`from_path`](Self::from_path).
    pub async fn from_source(
        source: Arc<dyn FileSource>,
        key: FileKey,
        kind: Option<FileKind>,
    ) -> Result<Self, Error> {
        let kind = match (kind, key.name().parse::<PifFileName>()) {
            (Some(kind), _) => kind,
            (None, Ok(name)) => name.kind(),
            (None, Err(invalid)) => {
                source.open(&key, OpenOptions::new()).await?;
                return Err(Error::UnknownKind(invalid));
            }
        };
        let location = key.as_str().to_owned();
        Ok(Self::unopened(kind, location, Origin::Source(key, source)))
    }

    const fn unopened(kind: FileKind, location: String, origin: Origin) -> Self {
        Self {
            kind,
            location,
            origin,
            meta: None,
            open: None,
        }
    }

    /// Returns the file's kind.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// Returns where the file is, for people.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Returns the file's metadata, once it was listed or opened.
    pub(crate) const fn meta(&self) -> Option<&FileMeta> {
        self.meta.as_ref()
    }

    /// Returns the size in bytes, once it is known.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.meta.as_ref()?.size
    }

    /// Returns the size in bytes of a file that can be read more than once, once it is known.
    pub(crate) fn rereadable_bytes(&self) -> Option<u64> {
        self.bytes().filter(|_| self.is_rereadable())
    }

    /// Returns whether the file can be read more than once.
    pub(crate) fn is_rereadable(&self) -> bool {
        match &self.origin {
            // Only regular files have a size; pipes do not.
            Origin::Path(_) => self.meta.as_ref().is_none_or(|meta| meta.size.is_some()),
            Origin::Source(..) => true,
            Origin::Stream => false,
        }
    }

    /// Opens a file early, to report a missing file before anything is read.
    pub(crate) async fn open_early(&mut self) -> Result<(), Error> {
        if self.open.is_none() {
            let file = self.open().await?;
            self.opened(file);
        }
        Ok(())
    }

    /// Opens the file, from its beginning. If it was opened or listed before, it must still be the same
    /// version.
    pub(crate) async fn open(&mut self) -> Result<OpenFile, Error> {
        if let Some(file) = self.open.take() {
            return Ok(file);
        }
        let file = match (&self.origin, &self.meta) {
            (Origin::Path(path), before) => {
                let file = open_file(path).await?;
                if let Some(before) = before {
                    let same = OpenOptions::new().with_if_match(before.clone());
                    same.check(&file.meta)?;
                }
                file
            }
            (Origin::Source(_, source), Some(meta)) => source.open_listed(meta).await?,
            (Origin::Source(key, source), None) => source.open(key, OpenOptions::new()).await?,
            (Origin::Stream, _) => {
                let location = self.location.clone();
                return Err(Error::ReadOnce { location });
            }
        };
        self.location.clone_from(&file.meta.location);
        self.meta = Some(file.meta.clone());
        Ok(file)
    }

    /// Returns the source of a file that has one.
    pub(crate) fn source(&self) -> Option<&Arc<dyn FileSource>> {
        match &self.origin {
            Origin::Source(_, source) => Some(source),
            Origin::Path(_) | Origin::Stream => None,
        }
    }

    fn opened(&mut self, file: OpenFile) {
        self.location.clone_from(&file.meta.location);
        self.meta = Some(file.meta.clone());
        self.open = Some(file);
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Path(_) => "Path",
            Self::Source(..) => "Source",
            Self::Stream => "Stream",
        })
    }
}
