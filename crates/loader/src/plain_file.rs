//! Reads files, and refuses those that cannot be PIF files.

use cusip_source::{Chunk, OpenFile};

use crate::error::Error;
use crate::format::Recognizer;

/// The content of a file, as long as it may be a PIF file.
pub(crate) struct PlainFile {
    file: OpenFile,
    recognizer: Recognizer,
}

impl PlainFile {
    pub(crate) fn new(file: OpenFile) -> Self {
        Self {
            file,
            recognizer: Recognizer::default(),
        }
    }

    pub(crate) fn location(&self) -> &str {
        &self.file.meta.location
    }

    /// Returns the next chunk, or `None` at the end of the file.
    pub(crate) async fn next_chunk(&mut self) -> Result<Option<Chunk>, Error> {
        let chunk = self.file.body.next_chunk().await?;
        let foreign = match &chunk {
            Some(chunk) => self.recognizer.push(chunk),
            None => self.recognizer.end(),
        };
        match foreign {
            Some(format) => Err(Error::ForeignFormat {
                location: self.location().to_owned(),
                format,
            }),
            None => Ok(chunk),
        }
    }
}
