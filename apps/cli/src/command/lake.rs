//! `cusip lake`: a lake of Parquet files that other engines read.

#[cfg(feature = "parquet")]
mod sync;

#[cfg(feature = "parquet")]
use crate::arguments::LakeAction;
use crate::arguments::LakeArguments;
use crate::exit::ExitStatus;
#[cfg(not(feature = "parquet"))]
use crate::exit::UsageError;
use crate::output::Output;

#[cfg(feature = "parquet")]
pub(super) async fn run(arguments: &LakeArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    match &arguments.action {
        LakeAction::Sync(arguments) => sync::run(arguments, output).await,
    }
}

#[cfg(not(feature = "parquet"))]
pub(super) async fn run(_: &LakeArguments, _: &Output) -> anyhow::Result<ExitStatus> {
    let problem = "this cusip was built without Parquet, so it has no lake";
    Err(UsageError(problem.to_owned()).into())
}
