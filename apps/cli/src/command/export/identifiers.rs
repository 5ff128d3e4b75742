//! The identifiers to export, and which of them were not found.

use std::path::Path;

use cusip_pif::Identifier;
use cusip_postgres::{RowFilter, Snapshot};

use crate::command::identifier_list::read_list;
use crate::exit::UsageError;
use crate::output::{Output, number};

const MOST_SHOWN: usize = 10;

/// The identifiers of a list.
pub(super) struct Asked {
    pub(super) identifiers: Vec<Identifier>,
    problems: Vec<String>,
}

impl Asked {
    /// Reads a list. An entry that is not an identifier does not keep the others from being exported.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let list = read_list(path)?;
        if list.is_empty() {
            let problem = format!(
                "the list {:?} has no CUSIPs, ISINs or issuer numbers",
                path.display()
            );
            return Err(UsageError(problem).into());
        }
        let mut asked = Self {
            identifiers: Vec::with_capacity(list.len()),
            problems: Vec::new(),
        };
        for text in list {
            match text.parse() {
                Ok(identifier) => asked.identifiers.push(identifier),
                Err(error) => asked.problems.push(error.to_string()),
            }
        }
        Ok(asked)
    }

    /// Reports what is no identifier and what was not found, and returns how many that are.
    pub(super) async fn report_missing(
        self,
        snapshot: &Snapshot,
        filter: &RowFilter,
        output: &Output,
    ) -> anyhow::Result<usize> {
        let mut problems = self.problems;
        let missing = snapshot.missing(filter).await?;
        problems.extend((missing.iter()).map(|identifier| {
            let what = if identifier.len() == 6 {
                "issuer"
            } else {
                "security"
            };
            format!("there is no {what} {identifier}")
        }));
        for problem in problems.iter().take(MOST_SHOWN) {
            output.message(&format!("error: {problem}"));
        }
        let more = problems.len().saturating_sub(MOST_SHOWN);
        if more > 0 {
            let more = number(more as u64);
            output.message(&format!(
                "error: {more} more identifiers of the list were not found"
            ));
        }
        Ok(problems.len())
    }
}
