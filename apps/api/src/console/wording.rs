//! How values are written for people: numbers, times, durations, and strings with odd characters.

use std::time::SystemTime;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use cusip_jobs::{ChangeKind, FileStatus, JobKind, JobPhase, JobStatus};
use cusip_pif::{Date, FileKind};

/// Writes a number with commas: 42,000.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a number before the right form of a noun: `1 reject`, `2 rejects`.
pub(super) fn counted(value: u64, one: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {one}{plural}", number(value))
}

/// Writes a size with three digits at most: `812 B`, `1.4 MB`.
pub(super) fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", units[unit])
}

/// Writes a duration with two units at most: `40 ms`, `4.2 s`, `4 min 12 s`, `3 h 5 min`, `2 days`.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds < 0.9995 => format!("{:.0} ms", seconds.max(0.0) * 1_000.0),
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        3_600..172_800 => format!("{} h {} min", whole / 3_600, whole % 3_600 / 60),
        _ => format!("{} days", whole / 86_400),
    }
}

/// Writes an instant of the job log, such as `2024-01-15T10:00:00Z`, in the server's time zone.
pub(super) fn instant(text: &str, zone: Tz) -> String {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time
            .with_timezone(&zone)
            .format("%Y-%m-%d %H:%M:%S %Z")
            .to_string(),
        Err(_) => text.to_owned(),
    }
}

/// Writes only the time of day of an instant if it is on this day, or else also the day.
pub(super) fn short_instant(text: &str, zone: Tz, today: Date) -> String {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => {
            let time = time.with_timezone(&zone);
            let is_today = time.date_naive() == naive(today);
            let format = if is_today { "%H:%M" } else { "%b %-d, %H:%M" };
            time.format(format).to_string()
        }
        Err(_) => text.to_owned(),
    }
}

/// Writes a point in time as the job log does: `2024-01-15T10:00:00Z`.
pub(super) fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Writes a day with its weekday: `Monday, January 15, 2024`.
pub(super) fn long_day(date: Date) -> String {
    naive(date).format("%A, %B %-d, %Y").to_string()
}

/// Returns whether vendors deliver files on this day: on Monday to Friday.
pub(super) fn is_business_day(date: Date) -> bool {
    naive(date).weekday().number_from_monday() <= 5
}

/// Returns the day that is this many days later, or earlier if the number is negative.
pub(super) fn day_after(date: Date, days: i64) -> Date {
    let moved = naive(date).checked_add_signed(TimeDelta::days(days));
    moved.and_then(day_of).unwrap_or(date)
}

/// Returns the first letter of the weekday.
pub(super) fn weekday_letter(date: Date) -> &'static str {
    let letters = ["M", "T", "W", "T", "F", "S", "S"];
    letters[naive(date).weekday().num_days_from_monday() as usize]
}

fn naive(date: Date) -> NaiveDate {
    let [year, month, day] = [date.year().into(), date.month().into(), date.day().into()];
    NaiveDate::from_ymd_opt(year as i32, month, day).expect("a `Date` is a day of the calendar")
}

fn day_of(date: NaiveDate) -> Option<Date> {
    let year = u16::try_from(date.year()).ok()?;
    Date::new(year, date.month() as u8, date.day() as u8)
}

/// Replaces characters that a page cannot show, or that change the order of others, by symbols, so that
/// the reader sees what is there.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(visible_char).collect()
}

fn visible_char(char: char) -> char {
    match char {
        '\0'..='\x1f' => char::from_u32(0x2400 + char as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{fffd}',
        char => char,
    }
}

/// Returns the plural name of a kind of file: `Issuers`.
pub(super) const fn kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Issuer => "Issuers",
        FileKind::Issue => "Issues",
        FileKind::IssueAttribute => "Issue attributes",
    }
}

/// Returns the name of a record: `Issuer`.
pub(super) const fn kind_of_one(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Issuer => "Issuer",
        FileKind::Issue => "Issue",
        FileKind::IssueAttribute => "Issue attributes",
    }
}

pub(super) const fn change(change: ChangeKind) -> &'static str {
    match change {
        ChangeKind::Inserted => "inserted",
        ChangeKind::Changed => "changed",
        ChangeKind::Deleted => "deleted",
        _ => "as first known",
    }
}

pub(super) const fn job_kind(kind: JobKind) -> &'static str {
    match kind {
        JobKind::LoadAll => "All files of a day",
        JobKind::LoadIssuer => "Issuer file",
        JobKind::LoadIssue => "Issue file",
        JobKind::LoadIssueAttribute => "Issue attribute file",
        _ => "Single files",
    }
}

pub(super) const fn job_status(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Running => "Running",
        JobStatus::Succeeded => "Succeeded",
        JobStatus::Failed => "Failed",
        JobStatus::Cancelled => "Canceled",
        JobStatus::Interrupted => "Interrupted",
        _ => "Unknown",
    }
}

pub(super) const fn file_status(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Running => "Running",
        FileStatus::Succeeded => "Loaded",
        FileStatus::Skipped => "Skipped",
        FileStatus::Failed => "Failed",
        FileStatus::Cancelled => "Canceled",
        FileStatus::Interrupted => "Interrupted",
        _ => "Unknown",
    }
}

pub(super) const fn phase(phase: JobPhase) -> &'static str {
    match phase {
        JobPhase::Finding => "Finding files",
        JobPhase::Reading => "Reading",
        JobPhase::Checking => "Checking",
        JobPhase::Merging => "Merging",
        JobPhase::Committing => "Committing",
        _ => "Working",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (42_000_000, "42,000,000"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(counted(1, "reject"), "1 reject");
        assert_eq!(counted(2_000, "reject"), "2,000 rejects");
    }

    #[test]
    fn sizes_and_durations_are_short() {
        let sizes = [
            (0, "0 B"),
            (999, "999 B"),
            (1_400, "1.4 kB"),
            (999_700, "1.0 MB"),
            (25_000_000, "25 MB"),
        ];
        for (bytes, text) in sizes {
            assert_eq!(size(bytes), text);
        }
        let durations = [
            (0.04, "40 ms"),
            (9.94, "9.9 s"),
            (59.4, "59 s"),
            (252.0, "4 min 12 s"),
            (11_100.0, "3 h 5 min"),
            (400_000.0, "4 days"),
        ];
        for (seconds, text) in durations {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn instants_are_in_the_zone_of_the_server() {
        let zone = Tz::America__New_York;
        assert_eq!(
            instant("2024-01-15T03:00:00Z", zone),
            "2024-01-14 22:00:00 EST"
        );
        let day = |day| Date::new(2024, 1, day).unwrap();
        assert_eq!(
            short_instant("2024-01-15T03:00:00Z", zone, day(14)),
            "22:00"
        );
        assert_eq!(
            short_instant("2024-01-15T03:00:00Z", zone, day(15)),
            "Jan 14, 22:00"
        );
    }

    #[test]
    fn days_know_their_weekday_and_neighbors() {
        let monday = Date::new(2024, 1, 15).unwrap();
        assert_eq!(long_day(monday), "Monday, January 15, 2024");
        assert_eq!(day_after(monday, -15).to_string(), "2023-12-31");
        assert_eq!(
            (weekday_letter(monday), is_business_day(monday)),
            ("M", true)
        );
        assert!(!is_business_day(day_after(monday, -1)));
    }

    #[test]
    fn characters_that_cannot_be_seen_become_symbols() {
        assert_eq!(visible("a\0b\tc\u{1b}[31m\u{7f}"), "a␀b␉c␛[31m␡");
        assert_eq!(visible("A\u{202e}B\u{200b}"), "A\u{fffd}B\u{fffd}");
        assert_eq!(visible("Café <b>"), "Café <b>");
    }
}
