//! Files opened by path, and readers.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use cusip_source::{Error, open_file, open_reader};

#[tokio::test]
async fn path_with_dots_opens_its_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("x")).unwrap();
    fs::write(folder.path().join("CED01-15R.PIP"), "content").unwrap();
    let path = folder.path().join("./x/../CED01-15R.PIP");
    let mut file = open_file(path).await.unwrap();
    assert_eq!(file.meta.name(), "CED01-15R.PIP");
    assert_eq!(file.meta.size, Some(7));
    assert!(file.meta.last_modified.is_some());
    assert_eq!(file.body.read_to_end().await.unwrap(), b"content");
}

#[tokio::test]
async fn folder_opened_as_a_file_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        folder.path().to_owned(),
        folder.path().join(".."),
        PathBuf::from("/"),
    ] {
        let error = open_file(path).await.unwrap_err();
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
    }
}

#[tokio::test]
async fn error_distinguishes_a_missing_file_from_a_missing_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();

    let path = folder.path().join("CED01-15R.PIP");
    let error = open_file(&path).await.unwrap_err();
    assert!(matches!(error, Error::FileNotFound { .. }), "{error:?}");
    assert_eq!(error.location(), path.display().to_string());

    let path = folder.path().join("nowhere/CED01-15R.PIP");
    let error = open_file(&path).await.unwrap_err();
    assert!(matches!(error, Error::FolderNotFound { .. }), "{error:?}");
    assert_eq!(
        error.location(),
        folder.path().join("nowhere").display().to_string()
    );

    let path = folder.path().join("file/CED01-15R.PIP");
    let error = open_file(&path).await.unwrap_err();
    assert!(matches!(error, Error::NotAFolder { .. }), "{error:?}");
    assert_eq!(
        error.location(),
        folder.path().join("file").display().to_string()
    );
}

/// What a shell passes for `cusip load <(gunzip …)`.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn pipe_in_dev_fd_is_read_until_its_writer_closes_it() {
    use std::{io::Write, os::fd::AsRawFd, thread};
    let (reader, mut writer) = io::pipe().unwrap();
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    let writing = thread::spawn(move || {
        for _ in 0..1000 {
            writer.write_all(&[b'x'; 1000]).unwrap();
        }
    });
    let mut file = open_file(&path).await.unwrap();
    assert_eq!(file.meta.location, path);
    assert_eq!((file.meta.size, file.meta.last_modified), (None, None));
    let content = file.body.read_to_end().await.unwrap();
    assert!(content == vec![b'x'; 1_000_000]);
    writing.join().unwrap();
}

#[tokio::test]
async fn reader_is_read_to_its_end() {
    let content: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut file = open_reader("standard input", io::Cursor::new(content.clone())).unwrap();
    assert_eq!(file.meta.location, "standard input");
    assert_eq!(file.meta.name(), "standard input");
    assert_eq!((file.meta.size, file.meta.last_modified), (None, None));
    assert!(file.body.read_to_end().await.unwrap() == content);
}

/// Returns three bytes one by one, each after an interrupted read, and then calls `end`.
struct Ticking {
    reads: usize,
    end: fn() -> io::Result<usize>,
}

impl Read for Ticking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        match self.reads {
            8.. => (self.end)(),
            odd if odd % 2 == 1 => Err(io::ErrorKind::Interrupted.into()),
            _ => {
                buffer[0] = b'.';
                Ok(1)
            }
        }
    }
}

#[tokio::test]
async fn interrupted_reads_are_repeated() {
    let reader = Ticking {
        reads: 0,
        end: || Ok(0),
    };
    let mut body = open_reader("ticking", reader).unwrap().body;
    assert_eq!(body.read_to_end().await.unwrap(), b"...");
}

#[tokio::test]
async fn failing_reader_is_an_error_after_its_content() {
    let reader = Ticking {
        reads: 0,
        end: || Err(io::Error::other("the disk is on fire")),
    };
    let mut body = open_reader("ticking", reader).unwrap().body;
    for _ in 0..3 {
        assert_eq!(&*body.next_chunk().await.unwrap().unwrap(), b".");
    }
    let error = body.next_chunk().await.unwrap_err();
    assert_eq!(error.to_string(), "reading \"ticking\" failed");
    assert!(
        matches!(error, Error::Io { source, .. } if source.to_string() == "the disk is on fire")
    );
    assert!(body.next_chunk().await.unwrap().is_none());
}

#[tokio::test]
async fn panicking_reader_is_an_error_and_not_an_end() {
    let reader = Ticking {
        reads: 0,
        end: || panic!("a bug in the reader"),
    };
    let mut body = open_reader("ticking", reader).unwrap().body;
    let error = body.read_to_end().await.unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error:?}");
}

/// Counts its reads and never ends.
struct Endless(Arc<AtomicUsize>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.fetch_add(1, Ordering::SeqCst);
        buffer.fill(b'x');
        Ok(buffer.len())
    }
}

#[tokio::test]
async fn reader_is_at_most_a_few_chunks_ahead() {
    let reads = Arc::new(AtomicUsize::new(0));
    let mut body = open_reader("endless", Endless(Arc::clone(&reads)))
        .unwrap()
        .body;
    for taken in 1..=1000 {
        let chunk = body.next_chunk().await.unwrap().unwrap();
        assert!(chunk.len() <= 256 * 1024);
        let ahead = reads.load(Ordering::SeqCst) - taken;
        assert!(ahead <= 5, "{ahead} chunks are waiting for the caller");
    }
}

/// Reports its drop by closing a channel.
struct Watched {
    endless: Endless,
    _alive: mpsc::Sender<()>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.endless.read(buffer)
    }
}

#[tokio::test]
async fn dropping_the_body_frees_the_reader() {
    let (alive, dropped) = mpsc::channel();
    let reader = Watched {
        endless: Endless(Arc::default()),
        _alive: alive,
    };
    let mut body = open_reader("endless", reader).unwrap().body;
    assert!(body.next_chunk().await.unwrap().is_some());
    drop(body);
    assert_eq!(dropped.recv(), Err(mpsc::RecvError));
}
