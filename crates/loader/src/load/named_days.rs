//! Warns about files, named one by one, that are for different days or older than what is loaded.

use cusip_pif::{Date, PifFileName};
use cusip_postgres::Load;

use super::file::LoadFile;
use crate::error::Error;

const DAYS_PER_YEAR: i32 = 365;
const A_LEAP_YEAR: u16 = 2000;

/// Adds a warning to each file whose name has an older day than another file's, or than the newest
/// day loaded for its kind.
pub(super) async fn warn(load: &Load, files: &mut [LoadFile], today: Date) -> Result<(), Error> {
    let days: Vec<_> = files.iter().map(day_in_name).collect();
    for (index, day) in days.iter().enumerate() {
        let Some(day) = day else {
            continue;
        };
        let newer = days.iter().flatten().find(|other| day.is_before(**other));
        let file = &mut files[index];
        if let Some(newer) = newer {
            file.notes.push(format!(
                "it is named for {day}, but another file of this load is for {newer}: check that they belong together"
            ));
        }
        if let Some((newest, job)) = load.newest_day(file.outcome.kind, today).await?
            && day.is_before(DayOfYear::of(newest))
        {
            file.notes.push(format!(
                "it is named for {day}, but job {job} loaded the newer day {newest}: this load may undo newer rows"
            ));
        }
    }
    Ok(())
}

/// A day without a year, as in file names. Displays as `01-15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DayOfYear {
    month: u8,
    day: u8,
}

impl DayOfYear {
    const fn of(date: Date) -> Self {
        Self {
            month: date.month(),
            day: date.day(),
        }
    }

    /// Returns whether this day is before the other one, in the years that bring them closest together.
    fn is_before(self, other: Self) -> bool {
        let days = (other.number() - self.number()).rem_euclid(DAYS_PER_YEAR);
        0 < days && days <= DAYS_PER_YEAR / 2
    }

    fn number(self) -> i32 {
        let date = Date::new(A_LEAP_YEAR, self.month, self.day);
        date.map_or(0, Date::days_since_unix_epoch)
    }
}

impl std::fmt::Display for DayOfYear {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:02}-{:02}", self.month, self.day)
    }
}

/// Returns the day in the file's name, if the name is that of a PIF file.
fn day_in_name(file: &LoadFile) -> Option<DayOfYear> {
    let location = file.input.location();
    let name = location.rsplit(['/', '\\']).next()?;
    let name: PifFileName = name.parse().ok()?;
    Some(DayOfYear {
        month: name.month(),
        day: name.day(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_compare_in_the_years_that_bring_them_closest() {
        let day = |month, day| DayOfYear { month, day };
        for (older, newer) in [
            (day(1, 14), day(1, 15)),
            (day(12, 31), day(1, 2)),
            (day(2, 28), day(2, 29)),
            (day(6, 1), day(11, 1)),
        ] {
            assert!(
                older.is_before(newer) && !newer.is_before(older),
                "{older} {newer}"
            );
        }
        assert!(!day(1, 15).is_before(day(1, 15)));
    }
}
