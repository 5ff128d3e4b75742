//! Local folders.

use std::{
    fs,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use cusip_source::{
    Error, FileKey, FileSource, FileSourceExt, ListOptions, LocalFolder, OpenOptions,
};

async fn names(folder: &LocalFolder) -> Vec<String> {
    let files = folder.list(ListOptions::new()).await.unwrap();
    files.iter().map(|file| file.name().to_owned()).collect()
}

async fn open_error(folder: &LocalFolder, key: &str) -> Error {
    let key = FileKey::new(key).unwrap();
    folder.open(&key, OpenOptions::new()).await.unwrap_err()
}

#[tokio::test]
async fn empty_folder_has_an_empty_listing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(names(&LocalFolder::new(folder.path())).await.is_empty());
}

#[tokio::test]
async fn listing_has_size_time_and_location() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("CED07-02R.PIP");
    fs::write(&path, "twenty bytes of text").unwrap();
    let listed = LocalFolder::new(folder.path())
        .list_named("ced07-02r")
        .await
        .unwrap()
        .remove(0);
    assert_eq!(listed.location, path.display().to_string());
    assert_eq!(listed.size, Some(20));
    assert_eq!(
        listed.last_modified,
        Some(fs::metadata(&path).unwrap().modified().unwrap())
    );
    assert_eq!((listed.e_tag, listed.version_id), (None, None));
}

#[tokio::test]
async fn relative_folder_is_shown_with_its_full_path() {
    let folder = LocalFolder::new("src");
    let expected = std::env::current_dir().unwrap().join("src");
    assert_eq!(folder.to_string(), expected.display().to_string());
    let listed = folder.list_named("lib.rs").await.unwrap().remove(0);
    assert_eq!(
        listed.location,
        expected.join("lib.rs").display().to_string()
    );
}

#[tokio::test]
async fn missing_folder_is_reported_with_its_path() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("pif_files");
    let folder = LocalFolder::new(&path);
    let listing = folder.list(ListOptions::new()).await.unwrap_err();
    let opening = open_error(&folder, "CED07-02R.PIP").await;
    for error in [listing, opening] {
        assert!(matches!(error, Error::FolderNotFound { .. }), "{error:?}");
        assert!(error.is_not_found());
        assert_eq!(
            error.to_string(),
            format!("folder {path:?} does not exist; check the folder's name")
        );
    }
}

#[tokio::test]
async fn file_in_place_of_the_folder_is_reported() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let folder = LocalFolder::new(file.path());
    let listing = folder.list(ListOptions::new()).await.unwrap_err();
    let opening = open_error(&folder, "CED07-02R.PIP").await;
    for error in [listing, opening] {
        assert!(matches!(error, Error::NotAFolder { .. }), "{error:?}");
        assert_eq!(error.location(), file.path().display().to_string());
    }
}

#[tokio::test]
async fn missing_file_is_reported_with_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let error = open_error(&LocalFolder::new(folder.path()), "CED07-02R.PIP").await;
    assert_eq!(
        error.to_string(),
        format!(
            "file {:?} does not exist; check its name and its folder",
            folder.path().join("CED07-02R.PIP")
        )
    );
}

#[tokio::test]
async fn subfolder_is_not_listed_and_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("CED07-02R.PIP")).unwrap();
    fs::write(folder.path().join("CED07-02R.PIP/CED07-02E.PIP"), "").unwrap();
    let folder = LocalFolder::new(folder.path());
    assert!(names(&folder).await.is_empty());
    let error = open_error(&folder, "CED07-02R.PIP").await;
    assert!(
        matches!(
            error,
            Error::NotAFile {
                found: "a folder",
                ..
            }
        ),
        "{error:?}"
    );
    let error = open_error(&folder, "CED07-02R.PIP/CED07-02E.PIP").await;
    assert!(matches!(error, Error::InvalidKey { .. }), "{error:?}");
}

#[tokio::test]
async fn listing_of_names_ignores_other_files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("CED07-02R.PIP")).unwrap();
    for name in ["ced07-02e.pip", "CED07-02E.PIP.gz", "CED07-03E.PIP"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let options = ListOptions::new().with_names(["CED07-02R.PIP", "CED07-02E.PIP"]);
    let folder = LocalFolder::new(folder.path());
    let listed = folder.list(options).await.unwrap();
    let names: Vec<_> = listed.iter().map(|file| file.name()).collect();
    assert_eq!(names, ["ced07-02e.pip"]);
}

#[cfg(unix)]
#[tokio::test]
async fn socket_is_not_listed_and_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let _listener =
        std::os::unix::net::UnixListener::bind(folder.path().join("CED07-02R.PIP")).unwrap();
    let folder = LocalFolder::new(folder.path());
    assert!(names(&folder).await.is_empty());
    let error = open_error(&folder, "CED07-02R.PIP").await;
    assert!(
        matches!(
            error,
            Error::NotAFile {
                found: "a socket",
                ..
            }
        ),
        "{error:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_link_is_followed_and_a_broken_one_is_skipped() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    fs::write(elsewhere.path(), "content").unwrap();
    symlink(elsewhere.path(), folder.path().join("CED07-02R.PIP")).unwrap();
    symlink("nothing", folder.path().join("CED07-02E.PIP")).unwrap();
    symlink("CED07-02A.PIP", folder.path().join("CED07-02A.PIP")).unwrap();
    let folder = LocalFolder::new(folder.path());
    assert_eq!(names(&folder).await, ["CED07-02R.PIP"]);
    let key = FileKey::new("CED07-02R.PIP").unwrap();
    assert_eq!(folder.read(&key).await.unwrap(), b"content");
    assert!(open_error(&folder, "CED07-02E.PIP").await.is_not_found());
}

// Other systems refuse to create such a file.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn name_that_is_not_utf8_is_skipped() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let folder = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"CED07-02\xE9.PIP");
    fs::write(folder.path().join(name), "").unwrap();
    fs::write(folder.path().join("CED07-02R.PIP"), "").unwrap();
    let folder = LocalFolder::new(folder.path());
    assert_eq!(names(&folder).await, ["CED07-02R.PIP"]);
}

// On other systems, these may be the same file.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_that_differ_in_case_are_different_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ced07-02r.pip"), "").unwrap();
    fs::write(folder.path().join("CED07-02R.PIP"), "").unwrap();
    let files = LocalFolder::new(folder.path())
        .list_named("CED07-02")
        .await
        .unwrap();
    let names: Vec<_> = files.iter().map(|file| file.name()).collect();
    assert_eq!(names, ["CED07-02R.PIP", "ced07-02r.pip"]);
}

#[test]
fn no_async_runtime_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let content = vec![b'x'; 2 * 1024 * 1024];
    fs::write(folder.path().join("CED07-02R.PIP"), &content).unwrap();
    let folder = LocalFolder::new(folder.path());
    let read = block_on(async {
        let listed = folder.list_named("CED07-02").await?.remove(0);
        folder.open_listed(&listed).await?.body.read_to_end().await
    });
    assert!(read.unwrap() == content);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}
