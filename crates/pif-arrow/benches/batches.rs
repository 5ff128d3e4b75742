//! How fast batches are built, in bytes and records a second.

use std::hint::black_box;

use cusip_pif::{Date, FileKind};
use cusip_pif_arrow::{BatchReader, Options};
use cusip_synth::Day;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

const ISSUERS: u32 = 10_000;
const ISSUES_PER_ISSUER: u16 = 10;

fn main() {
    divan::main();
}

#[divan::bench(args = [FileKind::Issuer, FileKind::Issue, FileKind::IssueAttribute])]
fn batches(bencher: Bencher<'_, '_>, kind: FileKind) {
    let date = Date::new(2024, 1, 15).expect("a day");
    let options = cusip_synth::Options::new(date)
        .with_issuers(ISSUERS)
        .with_issues_per_issuer(ISSUES_PER_ISSUER);
    let day = Day::new(options).expect("a small day");
    let file = day.write(kind, Vec::new()).expect("memory");
    let records = file.iter().filter(|byte| **byte == b'\n').count() - 1;
    bencher
        .counter(BytesCount::new(file.len()))
        .counter(ItemsCount::new(records))
        .bench(|| {
            let batches = BatchReader::new(kind, black_box(file.as_slice()), &Options::default());
            let rows = batches.map(|batch| batch.expect("a complete file").num_rows());
            assert_eq!(rows.sum::<usize>(), records);
        });
}
