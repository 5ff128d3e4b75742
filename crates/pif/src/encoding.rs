//! Decodes fields that are not UTF-8 as Windows-1252.

use alloc::string::String;
use alloc::vec::Vec;

use memchr::{memchr, memchr_iter, memrchr};

use crate::field::SEPARATOR;

/// What the bytes from 0x80 to 0x9F mean in Windows-1252. The others mean what they do in Unicode.
///
/// This is the encoding as browsers decode it, in which every byte is a character, so nothing gets
/// lost.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A line as text, with the indexes of the fields that were not UTF-8.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    text: String,
    fields: Vec<usize>,
}

impl Decoded {
    /// Decodes a line.
    #[cold]
    pub(crate) fn decode(&mut self, line: &[u8]) -> (&str, &[usize]) {
        decode_line(line, &mut self.text, &mut self.fields);
        (&self.text, &self.fields)
    }
}

fn decode_line(line: &[u8], text: &mut String, fields: &mut Vec<usize>) {
    text.clear();
    fields.clear();
    let (mut rest, mut index) = (line, 0);
    while let Some(chunk) = rest.utf8_chunks().next() {
        let (valid, bytes) = (chunk.valid(), chunk.valid().as_bytes());
        if chunk.invalid().is_empty() {
            text.push_str(valid);
            return;
        }
        let start = memrchr(SEPARATOR, bytes).map_or(0, |separator| separator + 1);
        let end = memchr(SEPARATOR, &rest[bytes.len()..]);
        let end = end.map_or(rest.len(), |separator| bytes.len() + separator);
        text.push_str(&valid[..start]);
        text.extend(rest[start..end].iter().map(|&byte| decode(byte)));
        index += memchr_iter(SEPARATOR, &bytes[..start]).count();
        fields.push(index);
        rest = &rest[end..];
    }
}

const fn decode(byte: u8) -> char {
    match byte {
        0x80..=0x9F => WINDOWS_1252[(byte - 0x80) as usize],
        _ => byte as char,
    }
}

#[cfg(test)]
mod tests {
    use std::str;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_decoded_as_in_browsers() {
        for byte in 0..=u8::MAX {
            let bytes = [byte];
            let (expected, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
            assert_eq!(decode(byte).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn line_is_decoded_like_each_of_its_fields(
            parts in vec(prop_oneof![
                Just(b"|".to_vec()),
                "[a-zé€𝔸]{0,3}".prop_map(String::into_bytes),
                vec(any::<u8>(), 0..3),
            ], 0..12),
        ) {
            let line = parts.concat();
            let mut decoded = Decoded::default();
            let (text, fields) = decoded.decode(&line);
            let (mut expected, mut indexes) = (Vec::new(), Vec::new());
            for (index, field) in line.split(|&byte| byte == SEPARATOR).enumerate() {
                expected.push(match str::from_utf8(field) {
                    Ok(field) => field.to_owned(),
                    Err(_) => {
                        indexes.push(index);
                        field.iter().map(|&byte| decode(byte)).collect()
                    }
                });
            }
            prop_assert_eq!(text, expected.join("|"));
            prop_assert_eq!(fields, indexes);
        }
    }
}
