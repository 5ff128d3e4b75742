//! `cusip synth`: a synthetic day.

use crate::arguments::SynthArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

pub(super) fn run(_: &SynthArguments, _: &Output) -> anyhow::Result<ExitStatus> {
    anyhow::bail!("waiting for crates/synth")
}
