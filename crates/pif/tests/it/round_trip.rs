//! Valid records survive a round trip through the writer.

use cusip_pif::{Date, Issue, IssueAttribute, Issuer, Record, RecordRef, Writer};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::seen::{Seen, Value, parse, values};
use crate::strategies::{Sample, sample};

/// Reads the samples and compares the records with the values in the samples.
fn read_samples<R: Record>(samples: &[Sample]) -> Result<Vec<R>, TestCaseError> {
    let mut file: String = (samples.iter())
        .map(|sample| format!("{}\r\n", sample.line))
        .collect();
    file.push_str("999999\r\n");
    let records = read::<R>(&file)?;
    prop_assert_eq!(records.len(), samples.len());
    for (record, sample) in records.iter().zip(samples) {
        let shown: Vec<Value> = (values(record.as_record_ref()).into_iter())
            .map(|(_, value)| value)
            .collect();
        prop_assert_eq!(&shown, &sample.values);
    }
    Ok(records)
}

/// Reads the records of a file with a trailer and without bad records.
fn read<R: Record>(file: impl AsRef<[u8]>) -> Result<Vec<R>, TestCaseError> {
    let mut seen = parse::<R>(file);
    prop_assert!(seen.pop().is_some_and(|last| last.is_trailer()));
    Ok(seen.into_iter().map(Seen::into_record).collect())
}

/// Reads, writes, reads and writes again, and checks that records and bytes stay the same.
fn round_trip<R: Record>(samples: &[Sample]) -> Result<(), TestCaseError> {
    let records = read_samples::<R>(samples)?;
    let file = write(&records);
    let again = read::<R>(&file)?;
    prop_assert_eq!(&again, &records);
    prop_assert_eq!(write(&again), file);
    for record in records {
        prop_assert_eq!(record.as_record_ref().into_owned(), record);
    }
    Ok(())
}

fn write<R: Record>(records: &[R]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for record in records {
        (writer.write(record)).expect("a record that was read can be written");
    }
    let day = Date::new(2024, 1, 15).expect("this is a day");
    writer.finish(day).expect("a Vec takes every write")
}

proptest! {
    #[test]
    fn issuers_survive_a_round_trip(samples in vec(sample::<Issuer>(), 0..4)) {
        round_trip::<Issuer>(&samples)?;
    }

    #[test]
    fn issues_survive_a_round_trip(samples in vec(sample::<Issue>(), 0..4)) {
        round_trip::<Issue>(&samples)?;
    }

    #[test]
    fn attributes_survive_a_round_trip(samples in vec(sample::<IssueAttribute>(), 0..3)) {
        round_trip::<IssueAttribute>(&samples)?;
    }
}
