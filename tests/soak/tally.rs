//! Which faults occurred, and what they led to.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use fastrand::Rng;

use crate::fault::Fault;
use crate::told::Told;

/// Which faults occurred, and what they led to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    outcomes: BTreeMap<Fault, Outcomes>,
    /// The faults that are still to come before any comes again.
    next: Vec<Fault>,
    undisturbed: u32,
}

#[derive(Debug, Default)]
struct Outcomes {
    times: u32,
    loaded: u32,
    unknown: u32,
}

impl Tally {
    pub(crate) fn has_every_fault(&self) -> bool {
        self.outcomes.len() == Fault::ALL.len()
    }

    pub(crate) fn next_fault(&mut self, rng: &mut Rng) -> Fault {
        if self.next.is_empty() {
            self.next = Fault::ALL.to_vec();
            rng.shuffle(&mut self.next);
        }
        self.next.pop().expect("there are faults")
    }

    pub(crate) fn count(&mut self, fault: Fault, told: &[Told], is_loaded: bool) {
        let outcomes = self.outcomes.entry(fault).or_default();
        outcomes.times += 1;
        outcomes.loaded += u32::from(is_loaded);
        outcomes.unknown += u32::from(told.contains(&Told::Unknown));
    }

    /// Counts a load without a fault.
    pub(crate) fn count_peace(&mut self) {
        self.undisturbed += 1;
    }

    /// Prints the summary. Every round was checked, or the soak would have failed.
    pub(crate) fn print(&self, duration: Duration) {
        let rounds: u32 = self.outcomes.values().map(|outcomes| outcomes.times).sum();
        say(&format!(
            "{rounds} faults and {} undisturbed loads in {} s; half loads 0, lost rows 0, jobs left running 0",
            self.undisturbed,
            duration.as_secs()
        ));
        say("times  loaded  unknown to the caller  fault");
        for (fault, outcomes) in &self.outcomes {
            let Outcomes {
                times,
                loaded,
                unknown,
            } = outcomes;
            say(&format!("{times:5}  {loaded:6}  {unknown:21}  {fault:?}"));
        }
    }
}

/// Prints a line at once, whether or not the test succeeds.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error is open");
}
