//! Errors with their causes, as one line of text.

use std::error::Error;

/// Returns an error's text, followed by the messages of its causes: `error: cause: cause`.
///
/// A cause that the text before it already ends with is left out.
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Nested {
        text: &'static str,
        source: Option<Box<Nested>>,
    }

    fn nested(texts: &[&'static str]) -> Option<Box<Nested>> {
        let (text, rest) = texts.split_first()?;
        let source = nested(rest);
        Some(Box::new(Nested { text, source }))
    }

    #[test]
    fn causes_follow_the_error_and_are_not_repeated() {
        let error = nested(&["cannot read the file", "disk: broken", "broken"]).unwrap();
        assert_eq!(error_chain(&error), "cannot read the file: disk: broken");
    }
}
