//! `cusip lake`: a lake of Parquet files that other engines read.

#[cfg(feature = "parquet")]
mod sync;

use crate::arguments::{LakeAction, LakeArguments};
use crate::exit::ExitStatus;
use crate::output::Output;

pub(super) async fn run(arguments: &LakeArguments, output: &Output) -> anyhow::Result<ExitStatus> {
    match &arguments.action {
        #[cfg(feature = "parquet")]
        LakeAction::Sync(arguments) => sync::run(arguments, output).await,
        #[cfg(not(feature = "parquet"))]
        LakeAction::Sync(_) => Err(crate::exit::UsageError(
            "this cusip was built without Parquet, so it has no lake".to_owned(),
        )
        .into()),
    }
}
