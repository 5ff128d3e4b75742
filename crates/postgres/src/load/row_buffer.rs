//! Gathers records as rows of COPY.

mod binary;
mod text;

use bytes::Bytes;
use cusip_jobs::JobId;
use cusip_pif::{FileKind, Position, RecordRef};

use self::binary::BinaryValues;
use self::text::TextValues;
use crate::binary_copy;

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
    /// A staging table. Rows are lines of the text format, since they are compared with rows that the
    /// server writes. They end with the record's position in its file.
    Staging,
    /// A master table. The binary format saves the server from parsing dates and numbers.
    Master {
        columns: [u8; 2],
        /// The columns that follow the record's values.
        jobs: Vec<u8>,
    },
}

impl RowBuffer {
    /// Creates an empty buffer for a staging table.
    #[must_use]
    pub const fn staging() -> Self {
        Self {
            rows: Vec::new(),
            target: Target::Staging,
        }
    }

    /// Creates an empty buffer for the master table of a kind, with the job's number in each row.
    #[must_use]
    pub fn master(job: JobId, kind: FileKind) -> Self {
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

    /// Appends a record with its position in its file.
    #[inline]
    pub fn push(&mut self, record: &impl RecordRef, position: Position) {
        self.push_if(record, position, |_| true);
    }

    /// Appends a record with its position in its file, if it is wanted.
    ///
    /// `wanted` receives the record's values as they will be sent. For a staging table, that is a line
    /// of COPY's text format without line end, exactly as the server writes it: equal bytes mean equal
    /// values.
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

    /// Appends the values, and returns where they end, before the separator.
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

    /// Returns whether there is enough to send: 256 KiB.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.rows.len() >= FULL_BYTES
    }

    /// Takes the rows out, ready to send.
    #[must_use]
    pub fn take(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.rows))
    }
}
