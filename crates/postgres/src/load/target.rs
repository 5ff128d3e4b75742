//! Where a kind's records go, and how many were written.

use super::copy::CopyIn;
use super::master_rows::MasterRows;
use super::row_buffer::RowBuffer;

/// Where to send the records of a kind.
#[derive(Debug)]
pub struct CopyTarget {
    /// Turns records into rows.
    pub rows: RowBuffer,
    /// Receives the rows.
    pub copy: CopyIn,
    /// The rows of the master table, if only new and changed records are copied.
    pub master: Option<MasterRows>,
}

/// The result of writing records to a master table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Records that are new in the master table.
    pub inserted: u64,
    /// Records that changed a row.
    pub updated: u64,
    /// Records that the master table already had.
    pub unchanged: u64,
}
