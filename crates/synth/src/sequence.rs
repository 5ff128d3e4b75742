//! Days that follow each other.

use cusip_pif::Date;

use crate::calendar::next_business_day;
use crate::day::Day;
use crate::error::Error;
use crate::options::Options;

/// As many business days as fit into less than a year, because file names have no year.
const MOST_DAYS: u16 = 250;

/// Business days that follow each other, each changed from the day before.
///
/// The first day is that of the [options](Options::date), without changes. On each day after it,
/// [`Options::changed_per_mille`] of the records of each file change: securities mature or are called,
/// rates, descriptions, names and tickers change. There are also new issuers and issues, one for ten
/// changes, unless an issuer has hundreds of issues or there are millions of issuers, so that numbers run
/// out. Each day changes and adds other records than the days before. A record that ends keeps its
/// place with another status, as in real files: nothing disappears.
///
/// Each day is a full delivery. It depends only on the options and its number, so you can generate it
/// without the others, in constant memory.
///
/// ```
/// use cusip_pif::{Date, FileKind};
/// use cusip_synth::{Options, Sequence};
///
/// let friday = Date::new(2024, 1, 12).expect("a day");
/// let sequence = Sequence::new(Options::new(friday).with_changed_per_mille(20), 3)?;
/// let tuesday = sequence.days().last().expect("there are three");
/// assert_eq!(tuesday.options().date, Date::new(2024, 1, 16).expect("a day"));
/// assert_eq!(tuesday.changed_records(FileKind::Issue), 20);
/// assert_eq!(tuesday.added_records(FileKind::Issue), 2);
/// assert_eq!(tuesday.records(FileKind::Issue), 1_004);
/// # Ok::<(), cusip_synth::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sequence {
    options: Options,
    /// The days after the first.
    dates: Vec<Date>,
}

impl Sequence {
    /// Creates a sequence of this many days, at most 250, without generating any records yet.
    ///
    /// # Errors
    ///
    /// [`Error::Days`], if there are none, too many, or if they would end after the year 9999; and the
    /// errors of [`Day::new`].
    pub fn new(options: Options, days: u16) -> Result<Self, Error> {
        let refused = Error::Days {
            days,
            first: options.date,
            max: MOST_DAYS,
        };
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(refused);
        }
        options.validate()?;
        let mut dates = Vec::new();
        let mut date = options.date;
        for _ in 1..days {
            let Some(next) = next_business_day(date) else {
                return Err(refused);
            };
            dates.push(next);
            date = next;
        }
        Ok(Self { options, dates })
    }

    /// Returns the days, the first one first.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        (0..=self.dates.len()).map(|steps| Day::after(self.options, &self.dates[..steps]))
    }
}
