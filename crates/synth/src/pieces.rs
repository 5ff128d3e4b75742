//! Splits long texts over several fields.

use std::array;

const PIECE_CHARACTERS: usize = 30;

/// Splits a text into parts of 30 characters, ignoring words, and keeps blanks at the ends.
///
/// Drops text that does not fit.
pub(crate) fn cut<const PIECES: usize>(text: &str) -> [Option<&str>; PIECES] {
    let mut rest = text;
    array::from_fn(|_| {
        let (piece, tail) = rest.split_at(piece_end(rest));
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

fn piece_end(text: &str) -> usize {
    if text.len() <= PIECE_CHARACTERS {
        return text.len();
    }
    text.char_indices()
        .nth(PIECE_CHARACTERS)
        .map_or(text.len(), |(end, _)| end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_blanks_and_count_characters() {
        let name = "MUNICIPIO AUTÓNOMO DE MAYAGÜEZ PUERTO RICO HOUSING FINANCE A";
        let pieces = cut::<3>(name);
        assert_eq!(
            pieces,
            [
                Some("MUNICIPIO AUTÓNOMO DE MAYAGÜEZ"),
                Some(" PUERTO RICO HOUSING FINANCE A"),
                None
            ]
        );
        assert_eq!(pieces.map(Option::unwrap_or_default).concat(), name);
    }

    #[test]
    fn text_that_does_not_fit_is_dropped() {
        assert_eq!(cut::<1>(&"A".repeat(40)), [Some(&*"A".repeat(30))]);
        assert_eq!(cut::<2>(""), [None, None]);
    }
}
