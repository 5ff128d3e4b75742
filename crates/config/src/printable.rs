//! Text that cannot control the terminal it is printed on.

use std::borrow::Cow;
use std::io;

/// The start of a terminal's control sequences.
const ESCAPE: char = '\u{1b}';

/// Returns text with escapes, such as `\u{1b}`, in place of characters that control a terminal or
/// change the order of the text around them. Line ends and tabs stay.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |character| {
        is_control(character) && !matches!(character, '\n' | '\t')
    })
}

/// Does the same with line ends and tabs.
#[must_use]
pub fn printable_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_control)
}

/// Returns a JSON document with escapes in place of the control characters that JSON allows in
/// strings. It means the same.
#[must_use]
pub fn printable_json(document: &str) -> Cow<'_, str> {
    let is_allowed = |character: char| is_control(character) && character >= '\u{7f}';
    if !document.contains(is_allowed) {
        return document.into();
    }
    let mut text = String::with_capacity(document.len());
    for character in document.chars() {
        match is_allowed(character) {
            true => text.push_str(&format!("\\u{:04x}", u32::from(character))),
            false => text.push(character),
        }
    }
    text.into()
}

/// Writes log lines, one per call, without control characters from data.
#[derive(Debug)]
pub(crate) struct PrintableLog<W>(pub(crate) W);

impl<W: io::Write> io::Write for PrintableLog<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        // Escapes are those of the formatter, which does not let any through from data.
        let text = escaped(text, |character| {
            is_control(character) && character != ESCAPE
        });
        self.0.write_all(format!("{text}\n").as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escaped(text: &str, is_harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_harmful) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match is_harmful(character) {
            true => safe.extend(character.escape_default()),
            false => safe.push(character),
        }
    }
    safe.into()
}

/// Returns whether a character controls a terminal or the direction of text.
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn control_characters_are_escaped_and_other_text_is_not() {
        let title = "\u{1b}]0;owned\u{7}";
        assert_eq!(printable(title), r"\u{1b}]0;owned\u{7}");
        assert_eq!(printable("a\rb\u{9b}2Jc\u{7f}"), r"a\rb\u{9b}2Jc\u{7f}");
        assert_eq!(printable("abc\u{202e}gpj"), r"abc\u{202e}gpj");
        assert_eq!(printable("Crédit\tline\n"), "Crédit\tline\n");
        assert_eq!(printable_line("one\ntwo\t"), r"one\ntwo\t");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let shown = printable_json("[\"a\u{9b}b\u{7f}c\u{202e}\",\n\"\\n\"]");
        assert_eq!(shown, "[\"a\\u009bb\\u007fc\\u202e\",\n\"\\n\"]");
    }

    #[test]
    fn log_line_stays_one_line() {
        let mut log = PrintableLog(Vec::new());
        log.write_all("\u{1b}[32mINFO\u{1b}[0m a\r\nb\n".as_bytes())
            .unwrap();
        let line = String::from_utf8(log.0).unwrap();
        assert_eq!(line, "\u{1b}[32mINFO\u{1b}[0m a\\r\\nb\n");
    }
}
