//! Decodes fields that are not UTF-8 as Windows-1252.

use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use encoding_rs::WINDOWS_1252;

use crate::field::SEPARATOR;

/// Decodes a line into `text` and returns the indexes of the fields that were not UTF-8.
///
/// In Windows-1252 as browsers decode it, every byte is a character, so nothing gets lost.
#[cold]
pub(crate) fn decode_line(line: &[u8], text: &mut String) -> Vec<usize> {
    text.clear();
    let mut decoded = Vec::new();
    for (index, field) in line.split(|&byte| byte == SEPARATOR).enumerate() {
        if index > 0 {
            text.push(char::from(SEPARATOR));
        }
        match str::from_utf8(field) {
            Ok(field) => text.push_str(field),
            Err(_) => {
                decoded.push(index);
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(field).0);
            }
        }
    }
    decoded
}
