//! Guarantees of a body that do not depend on the source.

use cusip_source::{Chunk, Error, FileBody, FileKey, FileMeta, OpenFile};
use rstest::rstest;

fn chunks(texts: &[&'static str]) -> FileBody {
    let chunks: Vec<Result<Chunk, Error>> = texts
        .iter()
        .map(|text| Ok(Chunk::from(text.as_bytes())))
        .collect();
    FileBody::from_chunks(chunks)
}

fn meta() -> FileMeta {
    FileMeta::new(
        FileKey::new("CED07-02R.PIP").unwrap(),
        "memory:/CED07-02R.PIP",
    )
}

#[tokio::test]
async fn empty_chunks_are_skipped() {
    let mut body = chunks(&["", "one", "", "", "two", ""]);
    assert_eq!(&*body.next_chunk().await.unwrap().unwrap(), b"one");
    assert_eq!(&*body.next_chunk().await.unwrap().unwrap(), b"two");
    assert!(body.next_chunk().await.unwrap().is_none());
}

#[tokio::test]
async fn body_is_at_its_end_after_an_error() {
    let changed = Error::Changed {
        location: "memory:/CED07-02R.PIP".to_owned(),
        change: "it was written again".to_owned(),
    };
    let mut body = FileBody::from_chunks([
        Ok(Chunk::from(b"one".as_slice())),
        Err(changed),
        Ok(Chunk::from(b"two".as_slice())),
    ]);
    assert!(body.next_chunk().await.unwrap().is_some());
    assert!(matches!(
        body.next_chunk().await,
        Err(Error::Changed { .. })
    ));
    assert!(body.next_chunk().await.unwrap().is_none());
}

#[rstest]
#[case::ends_early(4, 3)]
#[case::ends_late(2, 3)]
#[case::empty_is_full(0, 3)]
#[tokio::test]
async fn body_of_the_wrong_size_is_an_error(#[case] size: u64, #[case] length: u64) {
    let mut file = OpenFile::new(meta().with_size(size), chunks(&["one"]));
    match file.body.read_to_end().await {
        Err(Error::LengthMismatch {
            expected, received, ..
        }) => {
            assert_eq!((expected, received), (size, length));
        }
        other => panic!("{other:?}"),
    }
    assert!(file.body.next_chunk().await.unwrap().is_none());
}

#[rstest]
#[case::known(Some(6))]
#[case::unknown(None)]
#[tokio::test]
async fn body_of_the_announced_size_is_complete(#[case] size: Option<u64>) {
    let mut meta = meta();
    meta.size = size;
    let mut file = OpenFile::new(meta, chunks(&["one", "two"]));
    assert_eq!(file.body.read_to_end().await.unwrap(), b"onetwo");
}

#[test]
fn chunk_clones_are_equal_and_debug_shows_no_content() {
    let chunk = Chunk::from(b"037833|10".to_vec());
    assert_eq!(chunk.clone(), chunk);
    assert_eq!(&*chunk, b"037833|10");
    assert_eq!(format!("{chunk:?}"), "Chunk(9 bytes)");
}
