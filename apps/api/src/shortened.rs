//! Shortens strings that clients choose, so that requests cannot fill the log.

use std::borrow::Cow;

const MAX_CHARS: usize = 200;

/// Shortens a string that a client chose to a length that is safe to log.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened("/jobs"), "/jobs");
        let long = "ä".repeat(60_000);
        assert_eq!(shortened(&long), format!("{}…", "ä".repeat(MAX_CHARS)));
    }
}
