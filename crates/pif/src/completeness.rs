//! Whether a file is complete, according to its trailer.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind};
use crate::trailer::{CountMismatch, Trailer, TrailerCount};

/// What a file contained, from [`Reader::finish`](crate::Reader::finish) or
/// [`SliceReader::finish`](crate::SliceReader::finish).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of data records: all except the trailer, including bad ones.
    pub data_records: u64,
    /// How many of them were bad.
    pub bad_records: u64,
    /// The last line of the file, which is always there unless it was not required.
    pub trailer: Option<Trailer>,
    /// The position of the trailer's field that equals the number of data records, counted from 1.
    ///
    /// `None` if the trailer states no number, so no one knows whether records are missing.
    pub verified_by: Option<usize>,
}

/// What is required of a complete file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Completeness {
    pub(crate) require_trailer: bool,
    pub(crate) count: TrailerCount,
}

impl Default for Completeness {
    fn default() -> Self {
        Self {
            require_trailer: true,
            count: TrailerCount::default(),
        }
    }
}

/// What was read of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    pub(crate) data_records: u64,
    pub(crate) bad_records: u64,
    pub(crate) trailer: Option<Trailer>,
    /// Whether reading failed before the end.
    pub(crate) failed: bool,
}

impl Completeness {
    pub(crate) fn verify(self, content: Content, path: Option<PathBuf>) -> Result<Summary, Error> {
        let data_records = content.data_records;
        if content.failed || content.trailer.is_none() && self.require_trailer {
            return Err(Error::new(ErrorKind::CutOff { path, data_records }));
        }
        let verified_by = match &content.trailer {
            None => None,
            Some(trailer) => match self.count.verify(trailer, data_records) {
                Ok(verified_by) => verified_by,
                Err(CountMismatch) => {
                    return Err(Error::new(ErrorKind::CountMismatch {
                        path,
                        trailer: trailer.clone(),
                        data_records,
                    }));
                }
            },
        };
        Ok(Summary {
            data_records,
            bad_records: content.bad_records,
            trailer: content.trailer,
            verified_by,
        })
    }
}
