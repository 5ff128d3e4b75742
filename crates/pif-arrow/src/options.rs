//! Options for reading batches.

use cusip_pif::{CheckDigits, ParseOptions};

const DEFAULT_BATCH_ROWS: usize = 8 * 1024;

/// The offsets of a text column have 32 bits. This many rows never overflow them.
const MOST_BATCH_ROWS: usize = 1 << 20;

/// Options for reading batches.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub(crate) batch_rows: usize,
    pub(crate) check_digits: CheckDigits,
    pub(crate) identifiers: bool,
}

impl Options {
    /// Sets the maximum number of rows in a batch, by default 8,192.
    ///
    /// It is at least 1 and at most 1,048,576: the nearest of these is used in place of any other number.
    #[must_use]
    pub fn with_batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.clamp(1, MOST_BATCH_ROWS);
        self
    }

    /// Sets what to do with an issue whose check digit is wrong. By default, it is rejected.
    #[must_use]
    pub const fn with_check_digits(mut self, check_digits: CheckDigits) -> Self {
        self.check_digits = check_digits;
        self
    }

    /// Sets whether to add the columns `cusip` and `isin`, by default not. [`schema`](crate::schema())
    /// describes them.
    #[must_use]
    pub const fn with_identifiers(mut self, identifiers: bool) -> Self {
        self.identifiers = identifiers;
        self
    }

    pub(crate) fn parse_options(&self) -> ParseOptions {
        ParseOptions::default().with_check_digits(self.check_digits)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch_rows: DEFAULT_BATCH_ROWS,
            check_digits: CheckDigits::default(),
            identifiers: false,
        }
    }
}
