//! Gathers records as rows of COPY.

mod binary;
mod text;

use bytes::Bytes;
use cusip_pif::{FileKind, Position, RecordRef};

use self::binary::BinaryValues;
use self::text::TextValues;
use crate::binary_copy;
use crate::job::JobId;

const FULL_BYTES: usize = 256 * 1024;
const ROOM_FOR_ONE_MORE: usize = 16 * 1024;

/// Rows for COPY, gathered until there are enough to send.
#[derive(Debug)]
pub struct RowBuffer {
    rows: Vec<u8>,
    target: Target,
}

/// The table that the rows are for.
#[derive(Debug)]
enum Target {
    /// A staging table. Rows are lines of the text format, since they are held against those that the
    /// server writes, and end in the record's place in its file.
    Staging,
    /// A master table. The binary format spares the server the reading of dates and numbers.
    Master {
        columns: [u8; 2],
        /// The columns that follow the record's values.
        jobs: Vec<u8>,
    },
}

impl RowBuffer {
    /// Makes a buffer for a staging table, without rows.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: Vec::new(),
            target: Target::Staging,
        }
    }

    /// Makes a buffer for the master table of a kind that the job fills, without rows.
    #[must_use]
    pub fn of_job(job: JobId, kind: FileKind) -> Self {
        let mut jobs = Vec::new();
        let job_columns = [job.0; 2];
        for id in job_columns {
            binary_copy::put(&mut jobs, &id.to_be_bytes());
        }
        let columns = (kind.layout().fields.len() + job_columns.len()) as u16;
        Self {
            rows: Vec::new(),
            target: Target::Master {
                columns: columns.to_be_bytes(),
                jobs,
            },
        }
    }

    /// Appends a record, which stood in this place in its file.
    #[inline]
    pub fn push(&mut self, record: &impl RecordRef, position: Position) {
        self.push_if(record, position, |_| true);
    }

    /// Appends a record, which stood in this place in its file, if it is wanted.
    ///
    /// `wanted` is shown the record's values as they are to be sent. For a staging table they are a
    /// line of COPY's text format without line end, written as the server writes it: equal values make
    /// equal bytes, and different ones different bytes.
    #[inline]
    pub fn push_if(
        &mut self,
        record: &impl RecordRef,
        position: Position,
        wanted: impl FnOnce(&[u8]) -> bool,
    ) {
        if self.rows.capacity() == 0 {
            self.rows.reserve(FULL_BYTES + ROOM_FOR_ONE_MORE);
        }
        let start = self.rows.len();
        let end = self.append_values(record);
        if wanted(&self.rows[start..end]) {
            self.end_row(position);
        } else {
            self.rows.truncate(start);
        }
    }

    /// Returns where the values end, without what is to stand between them and the rest of the row.
    #[inline]
    fn append_values(&mut self, record: &impl RecordRef) -> usize {
        match &self.target {
            Target::Staging => {
                record.visit(&mut TextValues(&mut self.rows));
                self.rows.len() - 1
            }
            Target::Master { columns, .. } => {
                self.rows.extend_from_slice(columns);
                record.visit(&mut BinaryValues(&mut self.rows));
                self.rows.len()
            }
        }
    }

    #[inline]
    fn end_row(&mut self, position: Position) {
        match &self.target {
            Target::Staging => TextValues(&mut self.rows).end_row(position),
            Target::Master { jobs, .. } => self.rows.extend_from_slice(jobs),
        }
    }

    /// Tells whether there is enough to be worth sending: 256 KiB.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.rows.len() >= FULL_BYTES
    }

    /// Takes the rows out, as they are to be sent.
    #[must_use]
    pub fn take(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.rows))
    }
}

impl Default for RowBuffer {
    fn default() -> Self {
        Self::new()
    }
}
