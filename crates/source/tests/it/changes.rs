//! Local files that change during a read.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::{Duration, SystemTime},
};

use cusip_source::{Error, FileBody, FileSourceExt, LocalFolder};
use rstest::rstest;
use tempfile::TempDir;

/// More than is read ahead, so that the file changes before its end is reached.
const LENGTH: usize = 8 * 1024 * 1024;

/// Opens an hour-old file and reads its first chunk.
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

fn rewrite_with_the_same_number_of_bytes(path: &Path) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.write_all(&[b'y'; 1000]).unwrap();
}

/// As `rsync --times` does: the new file differs from the old one only in its content.
fn replace_by_a_file_of_the_same_size_and_time(path: &Path) {
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
#[case::rewritten(rewrite_with_the_same_number_of_bytes)]
#[cfg_attr(unix, case::replaced(replace_by_a_file_of_the_same_size_and_time))]
#[tokio::test]
async fn file_that_changes_during_the_read_is_an_error(#[case] change: fn(&Path)) {
    let (folder, mut body) = half_read().await;
    let path = folder.path().join("CED07-02R.PIP");
    change(&path);
    let error = body.read_to_end().await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error:?}");
    assert_eq!(error.location(), path.display().to_string());
    assert!(body.next_chunk().await.unwrap().is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn file_removed_during_the_read_is_read_to_its_end() {
    let (folder, mut body) = half_read().await;
    fs::remove_file(folder.path().join("CED07-02R.PIP")).unwrap();
    let rest = body.read_to_end().await.unwrap();
    assert!(rest.len() < LENGTH && rest.iter().all(|&byte| byte == b'x'));
}
