//! Unusual things about a file's records that do not break a rule.

use std::collections::BTreeMap;

use cusip_pif::{Fault, Position, Rule};

/// Counts the warnings about a file by subject, with the first of each as an example.
#[derive(Debug, Clone, Default)]
pub(crate) struct WarningCounts {
    counts: BTreeMap<(&'static str, &'static str), WarningCount>,
}

#[derive(Debug, Clone)]
struct WarningCount {
    count: u64,
    first: Position,
    example: Fault,
}

impl WarningCounts {
    /// Counts a warning.
    pub(crate) fn add(&mut self, position: Position, warning: &Fault) {
        let about = match warning.rule {
            Rule::UndocumentedCode { list } => list,
            _ => "",
        };
        let count = self
            .counts
            .entry((warning.rule.code(), about))
            .or_insert_with(|| WarningCount {
                count: 0,
                first: position,
                example: warning.clone(),
            });
        count.count += 1;
    }

    /// Returns the number of warnings about a rule.
    pub(crate) fn count(&self, rule: &Rule) -> u64 {
        let of_rule = self
            .counts
            .iter()
            .filter(|((code, _), _)| *code == rule.code());
        of_rule.map(|(_, count)| count.count).sum()
    }

    /// Returns the names of the code lists that lack a code of the file.
    pub(crate) fn code_lists(&self) -> impl Iterator<Item = &'static str> {
        self.counts
            .keys()
            .map(|(_, list)| *list)
            .filter(|list| !list.is_empty())
    }

    /// Returns one message for each subject.
    pub(crate) fn messages(&self) -> impl Iterator<Item = String> {
        self.counts.values().map(
            |WarningCount {
                 count,
                 first,
                 example,
             }| match count {
                1 => format!("line {}: {example}", first.line),
                _ => format!("{count} times, first on line {}: {example}", first.line),
            },
        )
    }
}
