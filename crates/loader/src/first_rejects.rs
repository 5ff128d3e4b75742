//! The rejects that a report shows.

use crate::problem::Reject;

const MOST_REJECTS: usize = 1_000;
/// Values and messages can be as long as a line may be.
const MOST_BYTES: usize = 1024 * 1024;

/// The first rejects of a file, few and small enough to be held in memory.
#[derive(Debug, Default)]
pub(crate) struct FirstRejects {
    rejects: Vec<Reject>,
    bytes: usize,
}

impl FirstRejects {
    /// Keeps the reject if it is one of the first.
    pub(crate) fn add(&mut self, reject: Reject) {
        let value = reject.value.as_ref().map_or(0, String::len);
        self.bytes = (self.bytes).saturating_add(reject.message.len() + value);
        if self.rejects.len() < MOST_REJECTS && self.bytes <= MOST_BYTES {
            self.rejects.push(reject);
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Reject> {
        self.rejects
    }
}

#[cfg(test)]
mod tests {
    use cusip_pif::FileKind;

    use super::*;

    fn kept(message_bytes: usize) -> usize {
        let mut first = FirstRejects::default();
        for line_number in 1..=2_000 {
            first.add(Reject {
                kind: FileKind::Issuer,
                line_number,
                byte_offset: 0,
                field: None,
                value: None,
                rule: "field_count".into(),
                message: "x".repeat(message_bytes),
            });
        }
        first.into_vec().len()
    }

    #[test]
    fn rejects_are_kept_up_to_a_number_and_a_size() {
        assert_eq!(kept(100), MOST_REJECTS);
        assert_eq!(kept(MOST_BYTES / 10), 10);
    }
}
