//! How fast typed, validated records are read, beside the `csv` crate with serde into equal structs
//! and beside a bare count of lines.
//!
//! `cargo bench -p cusip-pif` runs all of it in one run, over files of a synthetic day, in memory.
//! Before that it holds the values of our records against those of the rows, field by field.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot read its own data is to stop at once"
)]

mod csv_row;
mod data;

use std::hint::black_box;

use cusip_pif::{Event, Issue, IssueAttribute, Issuer, ParseOptions, Parser, Reader, Record};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use memchr::memchr_iter;

use self::csv_row::CsvRecord;
use self::data::{BUFFER_BYTES, RECORDS, file, file_without_trailer};

fn main() {
    csv_row::hold_values_against_ours::<Issuer>();
    csv_row::hold_values_against_ours::<Issue>();
    csv_row::hold_values_against_ours::<IssueAttribute>();
    divan::main();
}

/// The bare minimum: to find each line's end and do nothing with the line.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn lines_counted<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    with_counters(bencher, file).bench(|| {
        let lines = memchr_iter(b'\n', black_box(file)).count();
        assert_eq!(lines as u64, RECORDS + 1);
    });
}

/// Typed and validated, by the parser: what a program that moves the bytes itself gets.
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

/// Typed and validated, by the reader.
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

/// Typed and validated, by the reader, as records that own their text.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn pif_reader_owned<R: Record>(bencher: Bencher<'_, '_>) {
    let file = file::<R>();
    with_counters(bencher, file).bench(|| {
        let mut reader = Reader::<R, _>::from_reader(black_box(file));
        let records = reader.records().map(|record| black_box(record.unwrap()));
        assert_eq!(records.count() as u64, RECORDS);
    });
}

/// Typed, as rows that borrow their text, through the types that most programs use.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn csv_serde<R: CsvRecord>(bencher: Bencher<'_, '_>) {
    let file = file_without_trailer::<R>();
    with_counters(bencher, file).bench(|| {
        assert_eq!(csv_row::count::<R>(black_box(file)), RECORDS);
    });
}

/// Split into fields, which are text and nothing more.
#[divan::bench(types = [Issuer, Issue, IssueAttribute])]
fn csv_split<R: CsvRecord>(bencher: Bencher<'_, '_>) {
    let file = file_without_trailer::<R>();
    with_counters(bencher, file).bench(|| {
        assert_eq!(csv_row::count_split(black_box(file)), RECORDS);
    });
}

/// Has the rate told in records and in bytes a second.
fn with_counters<'a, 'b>(bencher: Bencher<'a, 'b>, file: &[u8]) -> Bencher<'a, 'b> {
    bencher
        .counter(ItemsCount::new(RECORDS))
        .counter(BytesCount::of_slice(file))
}
