//! Files of the repository that tests generate and compare: snapshots, and parts of documents.
//!
//! With a variable set, a test writes the file instead. Then it fails if that changed the file, so that a
//! variable that is set by mistake never hides a difference, and no update of a file goes unnoticed.

use std::path::Path;
use std::{env, fs};

/// Asserts that the part of a document after a marker is the generated one.
///
/// With `UPDATE_DOCS` set, writes it first.
///
/// # Panics
///
/// Panics if the part differs, or differed before it was written, or if the document lacks the marker.
#[track_caller]
pub fn assert_generated_part(document: &Path, marker: &str, generated: &str) {
    let text = read(document);
    let (before, _) = (text.split_once(marker))
        .unwrap_or_else(|| panic!("{} lacks the marker {marker:?}", document.display()));
    compare(
        document,
        &text,
        &[before, marker, generated].concat(),
        "UPDATE_DOCS",
    );
}

/// Asserts that a whole file is the generated one.
///
/// With `UPDATE_SNAPSHOTS` set, writes it first.
///
/// # Panics
///
/// Panics if the file differs, or differed before it was written.
#[track_caller]
pub fn assert_snapshot(file: &Path, generated: &str) {
    compare(file, &read(file), generated, "UPDATE_SNAPSHOTS");
}

#[track_caller]
fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[track_caller]
fn compare(file: &Path, found: &str, expected: &str, variable: &str) {
    if found == expected {
        return;
    }
    let shown = file.display();
    if env::var_os(variable).is_some() {
        fs::write(file, expected).unwrap_or_else(|error| panic!("{shown}: {error}"));
        panic!("{shown} is updated: look at the diff, then run this test again");
    }
    let mut lines = found.lines().zip(expected.lines()).enumerate();
    let (number, (is, should_be)) = lines
        .find(|(_, (is, should_be))| is != should_be)
        .unwrap_or((found.lines().count(), ("", "")));
    panic!(
        "{shown}:{} is {is:?} instead of {should_be:?}; run this test with {variable}=1",
        number + 1
    );
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    /// A variable that is set.
    const SET: &str = "PATH";
    const NOT_SET: &str = "CUSIP_TEST_SUPPORT_NOT_SET";

    #[test]
    fn difference_fails_and_changes_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "one\ntwo\n").unwrap();
        let result = catch_unwind(|| compare(file.path(), "one\ntwo\n", "one\n2\n", NOT_SET));
        let message = *result.unwrap_err().downcast::<String>().unwrap();
        assert!(
            message.contains(":2 is \"two\" instead of \"2\""),
            "{message}"
        );
        assert_eq!(read(file.path()), "one\ntwo\n");
    }

    #[test]
    fn update_writes_the_file_and_fails_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let update = || compare(file.path(), &read(file.path()), "generated", SET);
        assert!(catch_unwind(update).is_err());
        assert_eq!(read(file.path()), "generated");
        update();
    }
}
