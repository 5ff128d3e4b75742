//! The files that a load reads.

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

/// A file to be loaded or checked, of a known kind.
#[derive(Debug)]
pub struct Input {
    kind: FileKind,
    location: String,
    content: Content,
}

enum Content {
    Path(PathBuf),
    Key(FileKey, Arc<dyn FileSource>),
    Open(OpenFile, Reopening),
    Listed(FileMeta, Arc<dyn FileSource>),
}

/// How to open a file a second time.
pub(crate) enum Reopening {
    Listed(Arc<dyn FileSource>),
    Path(PathBuf),
    /// What it yielded is gone: standard input, a pipe.
    Impossible,
}

impl Input {
    /// Names a local file. The kind comes from its name, unless one is given. It is opened later.
    ///
    /// # Errors
    ///
    /// If no kind is given and the name tells none: [`Error::Source`] if the file cannot be opened,
    /// since the name is wrong then, else [`Error::UnknownKind`].
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
        Ok(Self {
            kind,
            location: path.display().to_string(),
            content: Content::Path(path),
        })
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
        Ok(Self {
            kind,
            location: file.meta.location.clone(),
            content: Content::Open(file, Reopening::Impossible),
        })
    }

    /// Takes a file as a source has listed it. It is opened when its turn comes, in this version.
    #[must_use]
    pub fn listed(kind: FileKind, meta: FileMeta, source: Arc<dyn FileSource>) -> Self {
        Self {
            kind,
            location: meta.location.clone(),
            content: Content::Listed(meta, source),
        }
    }

    /// Names a file of a source by its key. The kind comes from its name, unless one is given. It is
    /// opened later.
    ///
    /// # Errors
    ///
    /// As [`from_path`](Self::from_path).
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
        Ok(Self {
            kind,
            location: key.as_str().to_owned(),
            content: Content::Key(key, source),
        })
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

    /// Returns what is known of the file besides its content, if it was listed or opened.
    pub(crate) const fn meta(&self) -> Option<&FileMeta> {
        match &self.content {
            Content::Path(_) | Content::Key(..) => None,
            Content::Open(file, _) => Some(&file.meta),
            Content::Listed(meta, _) => Some(meta),
        }
    }

    /// Tells whether the file can be opened a second time.
    pub(crate) const fn can_be_read_again(&self) -> bool {
        match &self.content {
            Content::Open(_, again) => again.is_possible(),
            Content::Path(_) | Content::Key(..) | Content::Listed(..) => true,
        }
    }

    /// Opens a file that was named, so that one that is not there is noticed early.
    pub(crate) async fn open_now(&mut self) -> Result<(), Error> {
        let (file, again) = match &self.content {
            Content::Path(path) => {
                let file = open_file(path).await?;
                // Only regular files have a size.
                let again = match file.meta.size {
                    Some(_) => Reopening::Path(path.clone()),
                    None => Reopening::Impossible,
                };
                (file, again)
            }
            Content::Key(key, source) => {
                let file = source.open(key, OpenOptions::new()).await?;
                (file, Reopening::Listed(Arc::clone(source)))
            }
            Content::Open(..) | Content::Listed(..) => return Ok(()),
        };
        self.location.clone_from(&file.meta.location);
        self.content = Content::Open(file, again);
        Ok(())
    }

    pub(crate) async fn open(mut self) -> Result<(OpenFile, Reopening), Error> {
        self.open_now().await?;
        match self.content {
            Content::Open(file, again) => Ok((file, again)),
            Content::Listed(meta, source) => {
                let file = source.open_listed(&meta).await?;
                Ok((file, Reopening::Listed(source)))
            }
            Content::Path(_) | Content::Key(..) => unreachable!("open_now has opened it"),
        }
    }

    /// Returns what is known of a listed file, and who has listed it.
    pub(crate) fn listing(&self) -> Option<(FileMeta, Arc<dyn FileSource>)> {
        match &self.content {
            Content::Listed(meta, source) => Some((meta.clone(), Arc::clone(source))),
            Content::Path(_) | Content::Key(..) | Content::Open(..) => None,
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
            Self::Path(_) => "Path",
            Self::Key(..) => "Key",
            Self::Open(..) => "Open",
            Self::Listed(..) => "Listed",
        })
    }
}
