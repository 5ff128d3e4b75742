//! Days written to folders.

use std::error::Error as _;
use std::fs;

use cusip_pif::{Date, FileKind};
use cusip_synth::{Error, Existing, Options};

use crate::{day, file, options};

fn small() -> Options {
    options().with_issuers(20)
}

#[test]
fn files_have_the_names_and_contents_of_a_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let day = day(small());
    let paths = day.write_folder(folder.path(), Existing::Replace).unwrap();
    let names = paths
        .each_ref()
        .map(|path| path.file_name().unwrap().to_str().unwrap());
    assert_eq!(names, ["CED01-15R.PIP", "CED01-15E.PIP", "CED01-15A.PIP"]);
    for (kind, path) in FileKind::ALL.into_iter().zip(&paths) {
        assert_eq!(fs::read(path).unwrap(), file(&day, kind));
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        3,
        "nothing else is left behind"
    );
}

#[test]
fn a_missing_folder_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("one").join("two");
    day(small()).write_folder(&deep, Existing::Refuse).unwrap();
    assert_eq!(fs::read_dir(deep).unwrap().count(), 3);
}

#[test]
fn existing_files_are_replaced_and_other_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("CED01-16R.PIP");
    fs::write(&other, "another day").unwrap();
    day(small())
        .write_folder(folder.path(), Existing::Replace)
        .unwrap();
    let again = day(small().with_seed(8));
    let [issuers, ..] = again
        .write_folder(folder.path(), Existing::Replace)
        .unwrap();
    assert_eq!(fs::read(issuers).unwrap(), file(&again, FileKind::Issuer));
    assert_eq!(fs::read_to_string(other).unwrap(), "another day");
}

#[test]
fn existing_files_of_the_day_are_refused_unless_they_may_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    // Names match without regard to case when a day is loaded.
    for name in ["CED01-15R.PIP", "ced01-15a.pip"] {
        let path = folder.path().join(name);
        fs::write(&path, "a real file").unwrap();
        let written = day(small()).write_folder(folder.path(), Existing::Refuse);
        let error = written.unwrap_err();
        assert!(matches!(&error, Error::Exists { path: found } if *found == path));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a real file");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_folder_that_cannot_be_created_is_reported_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "in the way").unwrap();
    let error = day(small())
        .write_folder(&path, Existing::Refuse)
        .unwrap_err();
    assert!(matches!(&error, Error::Folder { path: found, .. } if *found == path));
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
    let cause = error.source().unwrap().to_string();
    assert!(!error.to_string().contains(&cause), "{error}: {cause}");
}

#[test]
fn a_file_that_cannot_be_moved_is_reported_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("CED01-15E.PIP");
    fs::create_dir_all(path.join("in the way")).unwrap();
    let error = day(small())
        .write_folder(folder.path(), Existing::Replace)
        .unwrap_err();
    assert!(matches!(&error, Error::Place { path: found, .. } if *found == path));
    assert!(error.to_string().contains("CED01-15E.PIP"), "{error}");
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_of_the_umask() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    let [issuers, ..] = day(small())
        .write_folder(folder.path(), Existing::Replace)
        .unwrap();
    assert_eq!(mode(issuers), mode(plain));
}

#[test]
fn days_of_different_dates_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = small();
    day(options)
        .write_folder(folder.path(), Existing::Replace)
        .unwrap();
    options.date = Date::new(2024, 1, 16).unwrap();
    day(options)
        .write_folder(folder.path(), Existing::Replace)
        .unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6);
}
