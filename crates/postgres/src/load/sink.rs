//! Writes a load's records to the master tables, using the load's strategy.

use cusip_pif::{CodeList, FileKind};

use super::bulk::BulkLoad;
use super::orphan::{OrphanLines, Orphans};
use super::stage::Stage;
use super::target::{CopyTarget, Written};
use super::{Load, LoadStrategy, statement, written};
use crate::error::Error;
use crate::tables::{reference_table_of, table_of};

/// Writes a load's records to the master tables, using the load's strategy.
///
/// For each kind in loading order: [`copy`](Self::copy) its records, then
/// [`remove_superseded`](Self::remove_superseded) and [`remove_orphans`](Self::remove_orphans), and once
/// all kinds are checked, [`register_codes`](Self::register_codes) and [`write`](Self::write).
#[derive(Debug)]
pub struct Sink<'a> {
    load: &'a Load,
    state: StrategyState,
}

#[derive(Debug)]
enum StrategyState {
    Bulk(BulkLoad),
    Stage(Stage),
}

impl Load {
    /// Starts to write the records of these kinds by a strategy. Returns `None` if it does not apply:
    /// then [`start_over`](Self::start_over) and begin with another one.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn begin(
        &self,
        strategy: LoadStrategy,
        kinds: &[FileKind],
    ) -> Result<Option<Sink<'_>>, Error> {
        self.set_savepoint().await?;
        let state = match strategy {
            LoadStrategy::Bulk => BulkLoad::begin(self, kinds).await?.map(StrategyState::Bulk),
            LoadStrategy::Stage { skip_unchanged } => {
                Some(StrategyState::Stage(Stage::new(skip_unchanged)))
            }
        };
        Ok(state.map(|state| Sink { load: self, state }))
    }
}

impl Sink<'_> {
    /// Returns the load.
    #[must_use]
    pub const fn load(&self) -> &Load {
        self.load
    }

    /// Returns what the job log calls the phase in which records are copied.
    #[must_use]
    pub const fn copy_phase(&self) -> &'static str {
        match &self.state {
            StrategyState::Bulk(_) => "fill",
            StrategyState::Stage(stage) if stage.skip_unchanged => "compare",
            StrategyState::Stage(_) => "copy",
        }
    }

    /// Starts to copy the records of a kind. Returns `None` if the strategy does not apply, because
    /// the server does not provide a second connection to read the master table.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn copy(&mut self, kind: FileKind) -> Result<Option<CopyTarget>, Error> {
        match &mut self.state {
            StrategyState::Bulk(bulk) => bulk.copy(self.load, kind).await.map(Some),
            StrategyState::Stage(stage) => stage.copy(self.load, kind).await,
        }
    }

    /// Checks that the server wrote as many records of a kind as it was sent.
    ///
    /// # Errors
    ///
    /// [`Error::NotAllWritten`] if it did not.
    pub async fn check_copied(&self, kind: FileKind, sent: u64, copied: u64) -> Result<(), Error> {
        let table = match &self.state {
            StrategyState::Bulk(_) => table_of(kind).to_owned(),
            StrategyState::Stage(_) => statement::staging(kind),
        };
        written::check(self.load, &table, sent, copied).await
    }

    /// Removes records whose key appears again later in the file, and returns how many. Returns
    /// `None` if the strategy does not apply, since keys are repeated or parents are missing.
    ///
    /// If the keys ascend in the file, none is repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn remove_superseded(
        &self,
        kind: FileKind,
        ascending: bool,
    ) -> Result<Option<u64>, Error> {
        match &self.state {
            StrategyState::Bulk(bulk) => Ok(bulk.build_keys(self.load, kind).await?.then_some(0)),
            StrategyState::Stage(stage) => {
                (stage.remove_superseded(self.load, kind, ascending).await).map(Some)
            }
        }
    }

    /// Removes the records whose parent is missing, and returns them one by one.
    ///
    /// A parent counts as present if it is in the master table or in the load, so check kinds in loading
    /// order.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses.
    pub async fn remove_orphans(
        &self,
        kind: FileKind,
        lines: OrphanLines,
    ) -> Result<Orphans, Error> {
        match &self.state {
            // The foreign keys hold, so there are no orphans.
            StrategyState::Bulk(_) => Ok(Orphans::none(self.load.database().clone())),
            StrategyState::Stage(stage) => stage.remove_orphans(self.load, kind, lines).await,
        }
    }

    /// Adds the codes that the records use but a reference table lacks, and returns them.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses, [`Error::NotAllWritten`] if a code is still missing
    /// afterwards.
    pub async fn register_codes(
        &self,
        kind: FileKind,
        list: &CodeList,
        description: &str,
    ) -> Result<Vec<String>, Error> {
        let records = match &self.state {
            StrategyState::Bulk(_) => table_of(kind).to_owned(),
            StrategyState::Stage(_) => statement::staging(kind),
        };
        let client = self.load.client();
        let entered = async {
            let insert = statement::register_codes(&records, list);
            let rows = client.query(&insert, &[&description]).await?;
            let codes: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
            let missing = statement::missing_codes(&records, list);
            let missing: i64 = client.query_one(&missing, &[]).await?.try_get(0)?;
            Ok((codes?, missing.cast_unsigned()))
        };
        let (codes, missing) = entered.await.map_err(|error| {
            let task = format!("add undocumented codes to {}", reference_table_of(list));
            self.load.database().statement(task, error)
        })?;
        let entered = codes.len() as u64;
        written::check(
            self.load,
            reference_table_of(list),
            entered + missing,
            entered,
        )
        .await?;
        Ok(codes)
    }

    /// Writes the records of a kind, `records` of which are left, to its master table. Rows that do not
    /// change are not touched.
    ///
    /// # Errors
    ///
    /// [`Error::Connection`] if the server refuses, [`Error::NotAllWritten`] if it does not
    /// write all of them.
    pub async fn write(&self, kind: FileKind, records: u64) -> Result<Written, Error> {
        match &self.state {
            StrategyState::Bulk(bulk) => bulk.write(self.load, kind, records).await,
            StrategyState::Stage(stage) => stage.merge(self.load, kind, records).await,
        }
    }
}
