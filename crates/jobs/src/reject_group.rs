//! Rejects that break the same rule.

use crate::reject::Reject;

/// How many rejects of a group are shown.
const MOST_EXAMPLES: usize = 3;

/// The rejects of a file that break the same rule in the same field: the first few, and their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectGroup {
    /// The first rejects, in the order in which they were found. There is at least one.
    pub examples: Vec<Reject>,
    /// The number of rejects.
    pub count: u64,
}

/// Groups rejects as they are found. Memory grows with the number of groups only.
#[derive(Debug, Clone, Default)]
pub struct RejectGroups {
    groups: Vec<RejectGroup>,
}

impl RejectGroup {
    /// Returns how many rejects of the group are not among the examples.
    #[must_use]
    pub const fn more(&self) -> u64 {
        self.count - self.examples.len() as u64
    }

    fn has(&self, reject: &Reject) -> bool {
        let first = &self.examples[0];
        (&first.rule, &first.field) == (&reject.rule, &reject.field)
    }
}

impl RejectGroups {
    /// Adds a reject. Returns whether it is one of the first of its group.
    pub fn add(&mut self, reject: &Reject) -> bool {
        let Some(group) = self.groups.iter_mut().find(|group| group.has(reject)) else {
            self.groups.push(RejectGroup {
                examples: vec![reject.clone()],
                count: 1,
            });
            return true;
        };
        group.count += 1;
        let is_early = group.examples.len() < MOST_EXAMPLES;
        if is_early {
            group.examples.push(reject.clone());
        }
        is_early
    }

    /// Returns the groups, in the order of their first rejects.
    #[must_use]
    pub fn into_vec(self) -> Vec<RejectGroup> {
        self.groups
    }
}
