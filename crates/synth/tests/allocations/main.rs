//! Good records cost no allocation. A separate test program, because it replaces the allocator.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions, but not their helpers"
)]

use allocation_counter::measure;
use cusip_pif::{
    Date, Event, Issue, IssueAttribute, Issuer, ParseOptions, Parser, Reader, Record, Trailer,
};
use cusip_synth::{Day, Options};
use rstest::rstest;

const RECORDS: usize = 5_000;
const FIRST_RECORDS: usize = 1_000;
const CHUNK_BYTES: usize = 8 * 1024;

/// Returns the records of a synthetic file without its trailer. Some of the text is not ASCII.
fn lines<R: Record>() -> Vec<u8> {
    let options = Options::new(Date::new(2024, 1, 15).unwrap())
        .with_issuers(RECORDS as u32)
        .with_issues_per_issuer(1);
    let mut file = (Day::new(options).unwrap())
        .write(R::LAYOUT.kind, Vec::new())
        .unwrap();
    assert!(!file.is_ascii());
    let trailer_start = format!("\n{}|", Trailer::NUMBER).into_bytes();
    let trailer = (file.windows(trailer_start.len())).rposition(|bytes| bytes == trailer_start);
    file.truncate(trailer.unwrap() + 1);
    file
}

#[rstest]
#[case::issuer(drain::<Issuer>)]
#[case::issue(drain::<Issue>)]
#[case::issue_attribute(drain::<IssueAttribute>)]
fn parser_allocates_nothing_for_good_records(#[case] drain: fn(&mut usize) -> u64) {
    let mut records = 0;
    assert_eq!(drain(&mut records), 0);
    assert_eq!(records, RECORDS);
}

/// Parses in chunks and counts the allocations, except those of the first records, which create the
/// buffers.
fn drain<R: Record>(records: &mut usize) -> u64 {
    let lines = lines::<R>();
    let mut parser = Parser::<R>::new(ParseOptions::default());
    let mut allocations = 0;
    for chunk in lines.chunks(CHUNK_BYTES) {
        let counted = measure(|| {
            parser.push(chunk);
            while let Some(event) = parser.next_event() {
                assert!(matches!(event, Event::Record { warnings: [], .. }));
                *records += 1;
            }
        });
        if *records > FIRST_RECORDS {
            allocations += counted.count_total;
        }
    }
    allocations
}

#[rstest]
#[case::issuer(read::<Issuer>)]
#[case::issue(read::<Issue>)]
#[case::issue_attribute(read::<IssueAttribute>)]
fn reader_allocates_nothing_for_good_records(#[case] read: fn() -> u64) {
    assert_eq!(read(), 0);
}

/// Counts the allocations, except those of the first records, which create the buffers.
fn read<R: Record>() -> u64 {
    let lines = lines::<R>();
    let mut reader = Reader::<R, _>::from_reader(lines.as_slice());
    for _ in 0..FIRST_RECORDS {
        assert!(reader.next_event().unwrap().is_some());
    }
    let counted = measure(|| while reader.next_event().unwrap().is_some() {});
    assert_eq!(reader.data_records(), RECORDS as u64);
    counted.count_total
}

/// Shows that the counter works: an owned record allocates for its texts.
#[test]
fn counter_notices_the_allocations_of_an_owned_record() {
    let lines = lines::<Issuer>();
    let mut reader = Reader::<Issuer, _>::from_reader(lines.as_slice());
    assert!(reader.next_event().unwrap().is_some());
    let counted = measure(|| assert!(reader.records().next().unwrap().is_ok()));
    assert!(counted.count_total > 0);
}
