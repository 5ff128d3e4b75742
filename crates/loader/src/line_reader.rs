//! Reads single lines of a file.

use cusip_source::{Chunk, FileBody, OpenFile};

use crate::error::Error;

const DOS_END_OF_FILE: u8 = 0x1A;

/// Reads some lines of a file, from front to back.
#[derive(Debug)]
pub(crate) struct LineReader {
    body: FileBody,
    location: String,
    chunk: Chunk,
    /// Where the chunk begins in the file.
    offset: u64,
}

impl LineReader {
    pub(crate) fn new(file: OpenFile) -> Self {
        Self {
            body: file.body,
            location: file.meta.location,
            chunk: Chunk::from(Vec::new()),
            offset: 0,
        }
    }

    /// Returns the line that begins at this byte, without its line end, as the parser saw it.
    ///
    /// Ask for lines in file order. A line that does not begin with the key is an error: the file has
    /// changed.
    pub(crate) async fn line_at(&mut self, byte_offset: u64, key: &str) -> Result<Vec<u8>, Error> {
        while self.offset + (self.chunk.len() as u64) <= byte_offset {
            if !self.next_chunk().await? {
                return Err(self.changed(byte_offset));
            }
        }
        let mut start = (byte_offset - self.offset) as usize;
        let mut line = Vec::new();
        loop {
            let rest = &self.chunk[start..];
            if let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
                line.extend_from_slice(&rest[..end]);
                break;
            }
            line.extend_from_slice(rest);
            if !self.next_chunk().await? {
                while line.last() == Some(&DOS_END_OF_FILE) {
                    line.pop();
                }
                break;
            }
            start = 0;
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if begins_with_key(&line, key) {
            Ok(line)
        } else {
            Err(self.changed(byte_offset))
        }
    }

    /// Moves to the next chunk. Returns `false` at the end of the file.
    async fn next_chunk(&mut self) -> Result<bool, Error> {
        let next = self.body.next_chunk().await?;
        let found = next.is_some();
        self.offset += self.chunk.len() as u64;
        self.chunk = next.unwrap_or_else(|| Chunk::from(Vec::new()));
        Ok(found)
    }

    fn changed(&self, byte_offset: u64) -> Error {
        let change = format!("the record at byte {byte_offset} has changed");
        Error::Source(cusip_source::Error::Changed {
            location: self.location.clone(),
            change,
        })
    }
}

/// Returns whether the first fields of a line are those of the key, ignoring trailing blanks.
fn begins_with_key(line: &[u8], key: &str) -> bool {
    let mut fields = line.split(|&byte| byte == b'|');
    let mut is_next = |part: &str| {
        let field = fields.next().map(<[u8]>::trim_ascii_end);
        field == Some(part.as_bytes())
    };
    key.split('|').all(&mut is_next) && fields.next().is_some()
}

#[cfg(test)]
mod tests {
    use cusip_source::{FileKey, FileMeta};

    use super::*;

    const FILE: &str = "A|first\r\n\r\nB|second\nC|\u{1a}\nD|last\u{1a}\u{1a}";

    fn reader(chunk_bytes: usize) -> LineReader {
        let chunks: Vec<_> = (FILE.as_bytes().chunks(chunk_bytes))
            .map(|chunk| Ok(Chunk::from(chunk.to_vec())))
            .collect();
        let meta = FileMeta::new(FileKey::new("file").unwrap(), "/data/file");
        LineReader::new(OpenFile::new(meta, FileBody::from_chunks(chunks)))
    }

    #[tokio::test]
    async fn lines_are_as_the_parser_saw_them_however_the_file_is_chunked() {
        for chunk_bytes in 1..=FILE.len() {
            let mut reader = reader(chunk_bytes);
            assert_eq!(reader.line_at(0, "A").await.unwrap(), b"A|first");
            assert_eq!(reader.line_at(20, "C").await.unwrap(), b"C|\x1a");
            assert_eq!(reader.line_at(24, "D").await.unwrap(), b"D|last");
        }
    }

    #[test]
    fn keys_match_apart_from_blanks_at_their_ends() {
        for line in ["037833|10|0", "037833  |10 |0"] {
            assert!(begins_with_key(line.as_bytes(), "037833"));
            assert!(begins_with_key(line.as_bytes(), "037833|10"));
        }
        for line in ["037833", "037833|1|0", "0378331|10|", " 037833|10|0"] {
            assert!(!begins_with_key(line.as_bytes(), "037833|10"), "{line}");
        }
    }

    #[tokio::test]
    async fn a_different_line_means_a_changed_file() {
        for (byte_offset, key) in [(11, "C"), (11, "B|s"), (1_000, "A")] {
            let error = reader(7).line_at(byte_offset, key).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains("\"/data/file\" has changed"), "{text}");
        }
    }
}
