//! The rejects that a report shows.

use cusip_jobs::{Reject, RejectGroup, RejectGroups};

const MOST_REJECTS: usize = 1_000;
/// A value or a message can be as long as a line.
const MOST_BYTES: usize = 1024 * 1024;

/// The first rejects of a file: few and small enough to keep in memory, without their lines. And all of
/// them in groups.
#[derive(Debug, Default)]
pub(crate) struct FirstRejects {
    rejects: Vec<Reject>,
    bytes: usize,
    groups: RejectGroups,
}

impl FirstRejects {
    /// Keeps the reject if it is one of the first.
    pub(crate) fn add(&mut self, mut reject: Reject) {
        reject.raw_line = None;
        self.groups.add(&reject);
        let value = reject.value.as_ref().map_or(0, String::len);
        self.bytes = (self.bytes).saturating_add(reject.message.len() + value);
        if self.rejects.len() < MOST_REJECTS && self.bytes <= MOST_BYTES {
            self.rejects.push(reject);
        }
    }

    pub(crate) fn into_parts(self) -> (Vec<Reject>, Vec<RejectGroup>) {
        (self.rejects, self.groups.into_vec())
    }
}

#[cfg(test)]
mod tests {
    use cusip_pif::FileKind;

    use super::*;

    fn kept(message_bytes: usize) -> Vec<Reject> {
        let mut first = FirstRejects::default();
        for line_number in 1..=2_000 {
            first.add(Reject {
                file_id: None,
                kind: FileKind::Issuer,
                line_number,
                byte_offset: 0,
                field: None,
                value: None,
                rule: "field_count".into(),
                message: "x".repeat(message_bytes),
                raw_line: Some(b"a line".to_vec()),
            });
        }
        first.into_parts().0
    }

    #[test]
    fn rejects_are_kept_up_to_a_number_and_a_size_without_their_lines() {
        assert_eq!(kept(100).len(), MOST_REJECTS);
        assert_eq!(kept(MOST_BYTES / 10).len(), 10);
        assert!(kept(1).iter().all(|reject| reject.raw_line.is_none()));
    }
}
