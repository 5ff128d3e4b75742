//! Local files that are changed while they are read.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::{Duration, SystemTime},
};

use cusip_source::{Error, FileBody, FileSourceExt, LocalFolder};
use rstest::rstest;
use tempfile::TempDir;

/// More than is read ahead, so that the end is not reached before the file changes.
const LENGTH: usize = 8 * 1024 * 1024;

/// A file that has been lying there for an hour, opened, with its first chunk read.
async fn half_read() -> (TempDir, FileBody) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("CED07-02R.PIP");
    write(&path, LENGTH);
    let source = LocalFolder::new(folder.path());
    let listed = source.list_named("CED07-02").await.unwrap().remove(0);
    let mut body = source.open_listed(&listed).await.unwrap().body;
    assert!(body.next_chunk().await.unwrap().is_some());
    (folder, body)
}

fn write(path: &Path, length: usize) {
    fs::write(path, vec![b'x'; length]).unwrap();
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(hour_ago)
        .unwrap();
}

fn append(path: &Path) {
    let mut file = File::options().append(true).open(path).unwrap();
    file.write_all(b"037833|").unwrap();
}

fn truncate(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(LENGTH as u64 / 2).unwrap();
}

fn rewrite_with_as_many_bytes(path: &Path) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.write_all(&[b'y'; 1000]).unwrap();
}

/// As `rsync --times` does: the new file looks like the old one, but for its content.
fn replace_by_one_of_same_size_and_time(path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let other = path.with_extension("uploading");
    fs::write(&other, vec![b'y'; LENGTH]).unwrap();
    File::options()
        .write(true)
        .open(&other)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    fs::rename(other, path).unwrap();
}

#[rstest]
#[case::appended_to(append)]
#[case::truncated(truncate)]
#[case::rewritten(rewrite_with_as_many_bytes)]
#[cfg_attr(unix, case::replaced(replace_by_one_of_same_size_and_time))]
#[tokio::test]
async fn file_that_changes_while_it_is_read_is_an_error(#[case] change: fn(&Path)) {
    let (folder, mut body) = half_read().await;
    let path = folder.path().join("CED07-02R.PIP");
    change(&path);
    let error = body.read_to_end().await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error:?}");
    assert_eq!(error.location(), path.display().to_string());
    assert!(!error.is_transient());
    assert!(body.next_chunk().await.unwrap().is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn file_that_is_removed_while_it_is_read_is_read_to_its_end() {
    let (folder, mut body) = half_read().await;
    fs::remove_file(folder.path().join("CED07-02R.PIP")).unwrap();
    let rest = body.read_to_end().await.unwrap();
    assert!(rest.len() < LENGTH && rest.iter().all(|&byte| byte == b'x'));
}
