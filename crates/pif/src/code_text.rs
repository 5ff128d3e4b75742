//! Short text that needs no allocation.

use alloc::boxed::Box;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;
use core::str;

const INLINE_BYTES: usize = 22;

/// The text of a code or of a field of one character, in owned records.
///
/// Behaves like a `String`, but text of up to 22 bytes costs no allocation. Documented codes have one
/// byte; undocumented codes are kept as received.
///
/// ```
/// use cusip_pif::{CodeText, IssueStatus};
///
/// let status = CodeText::from(IssueStatus::Active);
/// assert_eq!(status.as_str(), "A");
/// assert_eq!(status, *"A");
/// ```
#[derive(Clone)]
pub struct CodeText(Repr);

#[derive(Clone)]
enum Repr {
    Inline {
        length: u8,
        bytes: [u8; INLINE_BYTES],
    },
    Long(Box<str>),
}

impl CodeText {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Inline { length, bytes } => {
                str::from_utf8(&bytes[..usize::from(*length)]).expect("the bytes are from a str")
            }
            Repr::Long(text) => text,
        }
    }
}

impl From<&str> for CodeText {
    fn from(text: &str) -> Self {
        let mut bytes = [0; INLINE_BYTES];
        match bytes.get_mut(..text.len()) {
            Some(start) => {
                start.copy_from_slice(text.as_bytes());
                let length = text.len() as u8;
                Self(Repr::Inline { length, bytes })
            }
            None => Self(Repr::Long(text.into())),
        }
    }
}

impl From<char> for CodeText {
    fn from(character: char) -> Self {
        Self::from(&*character.encode_utf8(&mut [0; 4]))
    }
}

impl Deref for CodeText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for CodeText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for CodeText {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for CodeText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<str> for CodeText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for CodeText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Eq for CodeText {}

impl Ord for CodeText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for CodeText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for CodeText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for CodeText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

impl fmt::Debug for CodeText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn code_text_behaves_like_its_text(left in "\\PC{0,12}", right in "[a-c]{0,2}|[a-z]{20,25}") {
            let (one, other) = (CodeText::from(left.as_str()), CodeText::from(right.as_str()));
            prop_assert_eq!(one.as_str(), &left);
            prop_assert_eq!(other.as_str(), &right);
            prop_assert_eq!(format!("{one:>9}{one:?}"), format!("{left:>9}{left:?}"));
            prop_assert_eq!(one.cmp(&other), left.cmp(&right));
            prop_assert_eq!(one == other, left == right);
            let state = RandomState::new();
            prop_assert_eq!(state.hash_one(&one), state.hash_one(&left));
        }
    }
}
