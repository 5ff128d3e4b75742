//! Recognizes files that are not text with lines and fields: archives, other encodings, web pages.

use std::fmt;

/// A line of a PIF file is never longer.
const MOST_BYTES: usize = 64 * 1024;
const LONGEST_SIGNATURE: usize = 16;

/// What a file is instead of a PIF file. Displays as the end of a sentence about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignFormat {
    /// Compressed with gzip.
    Gzip,
    /// A ZIP archive. Excel workbooks are ZIP archives, too.
    Zip,
    /// Compressed in another format; the value is the program that unpacks it.
    Compressed(&'static str),
    /// Encrypted with PGP.
    Pgp,
    /// Text in UTF-16.
    Utf16,
    /// Text in UTF-32.
    Utf32,
    /// An HTML or XML document, such as a server's error page.
    Markup,
    /// Text whose lines end in only a carriage return.
    CarriageReturns,
}

/// The first bytes of each format. UTF-32 comes before UTF-16, whose mark it starts with.
const SIGNATURES: [(&[u8], ForeignFormat); 17] = [
    (&[0x1f, 0x8b], ForeignFormat::Gzip),
    (b"PK\x03\x04", ForeignFormat::Zip),
    (b"PK\x05\x06", ForeignFormat::Zip),
    (b"PK\x07\x08", ForeignFormat::Zip),
    (b"BZh", ForeignFormat::Compressed("bunzip2")),
    (b"\xfd7zXZ\0", ForeignFormat::Compressed("unxz")),
    (b"\x28\xb5\x2f\xfd", ForeignFormat::Compressed("unzstd")),
    (b"7z\xbc\xaf\x27\x1c", ForeignFormat::Compressed("7z x")),
    (b"\x1f\x9d", ForeignFormat::Compressed("uncompress")),
    (b"-----BEGIN PGP", ForeignFormat::Pgp),
    (b"\xff\xfe\0\0", ForeignFormat::Utf32),
    (b"\0\0\xfe\xff", ForeignFormat::Utf32),
    (b"\xff\xfe", ForeignFormat::Utf16),
    (b"\xfe\xff", ForeignFormat::Utf16),
    (b"<!DOCTYPE", ForeignFormat::Markup),
    (b"<HTML", ForeignFormat::Markup),
    (b"<?XML", ForeignFormat::Markup),
];

impl ForeignFormat {
    /// Recognizes a file by its first bytes. Returns `None` for a file that may be a PIF file.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Option<Self> {
        let mut recognizer = Recognizer::default();
        recognizer.push(beginning).or_else(|| recognizer.end())
    }
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gzip => "is gzip-compressed; unpack it (`gunzip`)",
            Self::Zip => "is a ZIP archive; unpack it (`unzip`)",
            Self::Compressed(program) => {
                return write!(formatter, "is compressed; unpack it (`{program}`)");
            }
            Self::Pgp => "is encrypted with PGP; decrypt it (`gpg --decrypt`)",
            Self::Utf16 => "is text in UTF-16; convert it to UTF-8 (`iconv -f UTF-16 -t UTF-8`)",
            Self::Utf32 => "is text in UTF-32; convert it to UTF-8 (`iconv -f UTF-32 -t UTF-8`)",
            Self::Markup => {
                "is an HTML or XML document, perhaps a server's error page; fetch it again"
            }
            Self::CarriageReturns => {
                "has lines that end in CR alone; convert them to LF (`tr '\\r' '\\n'`)"
            }
        })
    }
}

/// Looks at the beginning of a file, which arrives in chunks of any size.
#[derive(Default)]
pub(crate) struct Recognizer {
    beginning: Vec<u8>,
    is_done: bool,
}

impl Recognizer {
    /// Receives the next bytes. Returns the format once it is recognized.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Option<ForeignFormat> {
        if self.is_done {
            return None;
        }
        let room = MOST_BYTES - self.beginning.len();
        let line_feed = memchr::memchr(b'\n', chunk);
        let needed = line_feed.map_or(chunk.len(), |end| {
            (end + 1).max(LONGEST_SIGNATURE.saturating_sub(self.beginning.len()))
        });
        let new = &chunk[..needed.min(room).min(chunk.len())];
        self.beginning.extend_from_slice(new);
        let is_enough = self.beginning.len() >= LONGEST_SIGNATURE && line_feed.is_some();
        if self.beginning.len() < MOST_BYTES && !is_enough {
            return None;
        }
        self.end()
    }

    /// Decides with the bytes so far.
    pub(crate) fn end(&mut self) -> Option<ForeignFormat> {
        if std::mem::replace(&mut self.is_done, true) {
            return None;
        }
        recognize(&std::mem::take(&mut self.beginning))
    }
}

fn recognize(beginning: &[u8]) -> Option<ForeignFormat> {
    let starts_with = |signature: &[u8]| {
        let start = beginning.get(..signature.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(signature))
    };
    let mut signatures = SIGNATURES.into_iter();
    if let Some((_, format)) = signatures.find(|(signature, _)| starts_with(signature)) {
        return Some(format);
    }
    // UTF-16 without a mark: every other byte of its ASCII characters is zero.
    let zeros = beginning
        .first_chunk::<4>()
        .map(|start| start.map(|byte| byte == 0));
    if matches!(
        zeros,
        Some([true, false, true, false] | [false, true, false, true])
    ) {
        return Some(ForeignFormat::Utf16);
    }
    let has = |bytes: &[u8], byte| memchr::memchr(byte, bytes).is_some();
    let ends_in_returns = !has(beginning, b'\n')
        && !has(beginning, 0)
        && has(beginning, b'|')
        && has(beginning.trim_ascii_end(), b'\r');
    ends_in_returns.then_some(ForeignFormat::CarriageReturns)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recognizes a file that arrives in chunks of this size.
    fn recognized(file: &[u8], chunk_bytes: usize) -> Option<ForeignFormat> {
        let mut recognizer = Recognizer::default();
        let early = file
            .chunks(chunk_bytes)
            .find_map(|chunk| recognizer.push(chunk));
        early.or_else(|| recognizer.end())
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn foreign_formats_are_recognized_however_they_arrive() {
        let returns = "037833|A\r037834|B\r999999|2\r";
        let long = format!("{returns}{}", "037833|A\r".repeat(10_000));
        let files: [(Vec<u8>, ForeignFormat); 9] = [
            (b"\x1f\x8b\x08\0\n".into(), ForeignFormat::Gzip),
            (b"PK\x03\x04\n\0\0\0".into(), ForeignFormat::Zip),
            (
                utf16("\u{feff}037833|A\r\n", u16::to_le_bytes),
                ForeignFormat::Utf16,
            ),
            (
                utf16("\u{feff}037833|A\r\n", u16::to_be_bytes),
                ForeignFormat::Utf16,
            ),
            (
                utf16("037833|A\r\n", u16::to_le_bytes),
                ForeignFormat::Utf16,
            ),
            (
                utf16("037833|A\r\n", u16::to_be_bytes),
                ForeignFormat::Utf16,
            ),
            (b"<!doctype html>\n".into(), ForeignFormat::Markup),
            (returns.into(), ForeignFormat::CarriageReturns),
            (long.into(), ForeignFormat::CarriageReturns),
        ];
        for (file, format) in files {
            for chunk_bytes in [1, 2, 7, 100_000] {
                assert_eq!(recognized(&file, chunk_bytes), Some(format));
            }
        }
    }

    #[test]
    fn pif_files_are_not_mistaken() {
        let long = format!("{}\n", "x|\r".repeat(20_000));
        let files: [&[u8]; 10] = [
            b"",
            b"\n",
            b"0",
            b"037833|A\r\n999999|1\r\n",
            b"037833|A\rB|C\n999999|1\n",
            b"037833|A\r",
            b"037833|A\r\n",
            b"\xef\xbb\xbf037833|A\n",
            b"037833|\0\n",
            &long.as_bytes()[long.len() - 60_000..],
        ];
        for file in files {
            for chunk_bytes in [1, 2, 7, 100_000] {
                assert_eq!(recognized(file, chunk_bytes), None, "{} bytes", file.len());
            }
        }
    }
}
