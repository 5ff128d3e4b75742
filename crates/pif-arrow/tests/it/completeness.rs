//! Files that are not complete, or cannot be read.

use std::io::{self, Read};

use arrow_schema::ArrowError;
use cusip_pif::FileKind;
use cusip_pif_arrow::{BatchReader, Error, Options};

const ISSUE: &str = "037833|10|0|COM||||||A||||||A|2024-01-15\n";

/// Returns the number of rows before the error, and the error.
fn read(input: impl Read) -> (usize, Option<String>) {
    let mut reader = BatchReader::new(FileKind::Issue, input, &Options::default());
    let mut rows = 0;
    while let Some(batch) = reader.next() {
        match batch {
            Ok(batch) => rows += batch.num_rows(),
            Err(ArrowError::ExternalError(error)) => {
                assert!(error.is::<Error>());
                assert!(reader.next().is_none());
                return (rows, Some(error.to_string()));
            }
            Err(error) => panic!("{error}"),
        }
    }
    (rows, None)
}

#[test]
fn cut_off_file_is_an_error_after_its_records() {
    let (rows, error) = read(ISSUE.repeat(3).as_bytes());
    assert_eq!(rows, 3);
    let expected = "the file has no trailer after record 3, so it was cut off";
    assert_eq!(error.as_deref(), Some(expected));
}

#[test]
fn empty_file_is_an_error() {
    assert!(read(io::empty()).1.is_some());
}

#[test]
fn trailer_that_counts_another_number_is_an_error() {
    let (rows, error) = read([ISSUE, "999999|20240115|2\n"].concat().as_bytes());
    assert_eq!(rows, 1);
    let expected = "the file has 1 records, but its trailer \"999999|20240115|2\" counts 2";
    assert_eq!(error.as_deref(), Some(expected));
}

#[test]
fn trailer_without_a_count_confirms_nothing_and_is_no_error() {
    for trailer in [
        "999999|20240115|END\n",
        "999999|REJECTS|job 7\n",
        "999999|REJECTS|7\n",
    ] {
        assert_eq!(
            read([ISSUE, trailer].concat().as_bytes()),
            (1, None),
            "{trailer}"
        );
    }
}

#[test]
fn bad_records_count() {
    assert_eq!(
        read([ISSUE, "bad\n", "999999|2\n"].concat().as_bytes()),
        (1, None)
    );
}

#[test]
fn failing_input_is_an_error_and_the_end() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let (_, error) = read(ISSUE.as_bytes().chain(Broken));
    assert_eq!(
        error.as_deref(),
        Some("cannot read the file after record 1")
    );
}
