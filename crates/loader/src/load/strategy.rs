//! Chooses how a load's records reach the master tables.

use cusip_pif::FileKind;
use cusip_postgres::{Load, LoadStrategy};

use crate::error::Error;

/// Below this size, rebuilding the indexes costs more than a bulk load saves.
const LEAST_BYTES_FOR_BULK: u64 = 4 * 1024 * 1024;

/// Why an attempt to write the files ended early.
pub(super) enum Interruption {
    /// The strategy does not apply to these files and tables, for this reason. Start over with
    /// another one.
    StrategyDoesNotApply(&'static str),
    /// The load failed.
    Failed(Error),
}

/// Chooses the strategy for files of these kinds.
///
/// A strategy that may not apply needs files that can be read again: `rereadable_bytes` is their
/// total size, if all of them can be.
pub(super) async fn choose(
    load: &Load,
    kinds: &[FileKind],
    rereadable_bytes: Option<u64>,
) -> Result<LoadStrategy, Error> {
    let Some(bytes) = rereadable_bytes else {
        return Ok(LoadStrategy::STAGE_ALL);
    };
    let size = load.master_size(kinds).await?;
    Ok(if size.is_empty && bytes >= LEAST_BYTES_FOR_BULK {
        LoadStrategy::Bulk
    } else {
        LoadStrategy::Stage {
            skip_unchanged: size.is_worth_reading(bytes),
        }
    })
}

impl From<Error> for Interruption {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<cusip_postgres::Error> for Interruption {
    fn from(error: cusip_postgres::Error) -> Self {
        Self::Failed(error.into())
    }
}
