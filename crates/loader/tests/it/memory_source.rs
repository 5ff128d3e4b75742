//! A source in memory whose files break off or change as a test wants.

use std::fmt;
use std::io;
use std::sync::Mutex;

use cusip_source::{
    Chunk, Error, FileBody, FileKey, FileMeta, FileSource, ListOptions, OpenFile, OpenOptions,
    Selection, SourceFuture,
};

/// Files by name, each with its version and its content.
#[derive(Debug, Default)]
pub(crate) struct MemorySource {
    files: Mutex<Vec<MemoryFile>>,
}

#[derive(Debug, Clone)]
struct MemoryFile {
    name: String,
    version: u32,
    content: Vec<u8>,
    breaks_off_after: Option<usize>,
}

impl MemorySource {
    pub(crate) fn put(&self, name: &str, content: impl Into<Vec<u8>>) {
        let mut files = self
            .files
            .lock()
            .expect("no test panics while it holds the lock");
        let version = files.iter().filter(|file| file.name == name).count() as u32;
        files.push(MemoryFile {
            name: name.to_owned(),
            version,
            content: content.into(),
            breaks_off_after: None,
        });
    }

    /// Makes every later read of the file fail after this many bytes.
    pub(crate) fn break_off(&self, name: &str, after: usize) {
        let mut files = self
            .files
            .lock()
            .expect("no test panics while it holds the lock");
        for file in files.iter_mut().filter(|file| file.name == name) {
            file.breaks_off_after = Some(after);
        }
    }

    fn newest(&self) -> Vec<MemoryFile> {
        let files = self
            .files
            .lock()
            .expect("no test panics while it holds the lock");
        let is_newest = |file: &&MemoryFile| {
            files
                .iter()
                .all(|other| other.name != file.name || other.version <= file.version)
        };
        let mut newest: Vec<_> = files.iter().filter(is_newest).cloned().collect();
        newest.sort_by(|left, right| left.name.cmp(&right.name));
        newest
    }
}

impl MemoryFile {
    fn meta(&self) -> Result<FileMeta, Error> {
        let key = FileKey::new(self.name.as_str())?;
        let meta = FileMeta::new(key, format!("memory:{}", self.name));
        Ok(meta
            .with_size(self.content.len() as u64)
            .with_e_tag(self.version.to_string()))
    }

    fn body(&self) -> FileBody {
        let end = self.breaks_off_after.unwrap_or(self.content.len());
        let mut chunks: Vec<Result<Chunk, Error>> = self.content[..end]
            .chunks(7)
            .map(|chunk| Ok(Chunk::from(chunk.to_vec())))
            .collect();
        if self.breaks_off_after.is_some() {
            chunks.push(Err(Error::Io {
                action: "reading",
                location: format!("memory:{}", self.name),
                source: io::Error::other("the connection broke off"),
            }));
        }
        FileBody::from_chunks(chunks)
    }
}

impl FileSource for MemorySource {
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        Box::pin(async move {
            let mut selection = Selection::new(&options);
            for file in self.newest() {
                selection.add(file.meta()?);
            }
            Ok(selection.into_files())
        })
    }

    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        Box::pin(async move {
            let files = self.newest();
            let file = files.iter().find(|file| file.name == key.as_str());
            let location = format!("memory:{}", key.as_str());
            let file = file.ok_or(Error::FileNotFound { location })?;
            let meta = file.meta()?;
            options.check(&meta)?;
            Ok(OpenFile::new(meta, file.body()))
        })
    }
}

impl fmt::Display for MemorySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("memory:")
    }
}
