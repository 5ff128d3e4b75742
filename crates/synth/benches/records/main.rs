//! Measures how fast typed, validated records are read, compared with the `csv` crate with serde and
//! with merely counting lines.
//!
//! Run it with `cargo bench -p cusip-synth`. It reads files of a synthetic day from memory, after it
//! has checked that both readers return the same values.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot read its own data should stop"
)]

mod csv_row;
mod data;

use std::hint::black_box;

use cusip_pif::{
    Event, Issue, IssueAttribute, Issuer, ParseOptions, Parser, Reader, Record, SliceReader,
};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use memchr::memchr_iter;

use self::csv_row::CsvRecord;
use self::data::{BUFFER_BYTES, RECORDS, file, file_in_windows_1252, file_without_trailer};

const UNDRAINED_BYTES: usize = 16 * 1024 * 1024;

fn main() {
    csv_row::check_values::<Issuer>();
    csv_row::check_values::<Issue>();
    csv_row::check_values::<IssueAttribute>();
    divan::main();
}

/// Only finds line ends: a lower limit.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn lines_counted<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    with_counters(bencher, file).bench(|| {
        let lines = memchr_iter(b'\n', black_box(file)).count();
        assert_eq!(lines as u64, RECORDS + 1);
    });
}

/// Reads typed, validated records with the parser.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn pif_parser<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    with_counters(bencher, file).bench(|| {
        let mut parser = Parser::<R>::new(ParseOptions::default());
        let mut records = 0;
        for chunk in black_box(file).chunks(BUFFER_BYTES) {
            parser.push(chunk);
            while let Some(event) = &parser.next_event() {
                if let Event::Record { record, .. } = event {
                    black_box(record);
                    records += 1;
                }
            }
        }
        assert_eq!(records, RECORDS);
    });
}

/// Reads a file in which a third of the records has a byte that is not UTF-8.
#[divan::bench(types = [Issuer, Issue])]
fn pif_parser_not_utf8<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file_in_windows_1252::<R>();
    with_counters(bencher, &file).bench(|| {
        let mut parser = Parser::<R>::new(ParseOptions::default());
        let (mut records, mut with_warnings) = (0, 0);
        for chunk in black_box(&file).chunks(BUFFER_BYTES) {
            parser.push(chunk);
            while let Some(event) = &parser.next_event() {
                if let Event::Record {
                    record, warnings, ..
                } = event
                {
                    black_box(record);
                    records += 1;
                    with_warnings += u64::from(!warnings.is_empty());
                }
            }
        }
        assert_eq!(records, RECORDS);
        assert!(with_warnings > RECORDS / 4);
    });
}

/// Pushes a whole file in small chunks before taking a record.
#[divan::bench(types = [Issue])]
fn pif_parser_undrained<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    let file = file.repeat(UNDRAINED_BYTES.div_ceil(file.len()));
    bencher.counter(BytesCount::of_slice(&file)).bench(|| {
        let mut parser = Parser::<R>::new(ParseOptions::default());
        for chunk in black_box(&file).chunks(8 * 1024) {
            parser.push(chunk);
        }
        assert!(parser.next_event().is_some());
    });
}

/// Reads typed, validated records with the reader.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn pif_reader<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    with_counters(bencher, file).bench(|| {
        let mut reader = Reader::<R, _>::from_reader(black_box(file));
        let mut records = 0;
        while let Some(event) = reader.next_event().unwrap() {
            if let Event::Record { record, .. } = &event {
                black_box(record);
                records += 1;
            }
        }
        assert_eq!(records, RECORDS);
    });
}

/// Reads typed, validated records that borrow from the file.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn pif_slice_reader<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    with_counters(bencher, file).bench(|| {
        let records =
            SliceReader::<R>::new(black_box(file)).map(|record| black_box(record.unwrap()));
        assert_eq!(records.count() as u64, RECORDS);
    });
}

/// Reads typed, validated and owned records with the reader.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn pif_reader_owned<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    with_counters(bencher, file).bench(|| {
        let mut reader = Reader::<R, _>::from_reader(black_box(file));
        let records = reader.records().map(|record| black_box(record.unwrap()));
        assert_eq!(records.count() as u64, RECORDS);
    });
}

/// Reads typed rows with `csv`, using the types that most programs use, and borrowed text.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn csv_serde<R: CsvRecord>(bencher: Bencher<'_, '_>) {
    let file = file_without_trailer::<R>();
    with_counters(bencher, file).bench(|| {
        assert_eq!(csv_row::count::<R>(black_box(file)), RECORDS);
    });
}

/// Splits lines into text fields with `csv`.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn csv_split<R: CsvRecord>(bencher: Bencher<'_, '_>) {
    let file = file_without_trailer::<R>();
    with_counters(bencher, file).bench(|| {
        assert_eq!(csv_row::count_split(black_box(file)), RECORDS);
    });
}

/// Reports records and bytes per second.
fn with_counters<'a, 'b>(bencher: Bencher<'a, 'b>, file: &[u8]) -> Bencher<'a, 'b> {
    bencher
        .counter(ItemsCount::new(RECORDS))
        .counter(BytesCount::of_slice(file))
}
