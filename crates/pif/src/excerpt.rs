//! Quotes values in messages.

use core::fmt;

const MOST_CHARACTERS: usize = 80;

/// Displays a value in quotes, and only its beginning if it is long.
///
/// A value can be as long as a line, and a message with all of it would be unreadable.
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a>(pub &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MOST_CHARACTERS) {
            None => write!(formatter, "{:?}", self.0),
            Some((end, _)) => write!(formatter, "{:?}…", &self.0[..end]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_long_value_is_quoted() {
        let (short, long) = ("é".repeat(80), "é".repeat(81));
        assert_eq!(Excerpt(&short).to_string(), format!("{short:?}"));
        assert_eq!(Excerpt(&long).to_string(), format!("{short:?}…"));
        assert_eq!(Excerpt("a\"b\n").to_string(), r#""a\"b\n""#);
    }
}
