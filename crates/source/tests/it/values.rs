//! Keys, metadata and options.

use std::time::{Duration, SystemTime};

use cusip_source::{Error, FileKey, FileMeta, ListOptions, OpenOptions};
use rstest::rstest;

#[rstest]
#[case::plain("CED07-02R.PIP", "CED07-02R.PIP")]
#[case::parts("2025/07/CED07-02R.PIP", "CED07-02R.PIP")]
#[case::dots_within_a_part("a..b/...", "...")]
#[case::blanks(" a / b ", " b ")]
#[case::backslash("a\\b", "a\\b")]
fn relative_path_is_a_key(#[case] text: &str, #[case] name: &str) {
    let key: FileKey = text.parse().unwrap();
    assert_eq!(key.as_str(), text);
    assert_eq!(key.to_string(), text);
    assert_eq!(key.name(), name);
}

#[rstest]
#[case::empty("", "it is empty")]
#[case::from_the_root("/etc/passwd", "it starts with a slash")]
#[case::parent("..", "it has a part \".\" or \"..\"")]
#[case::parent_within("a/../b", "it has a part \".\" or \"..\"")]
#[case::here("./a", "it has a part \".\" or \"..\"")]
#[case::trailing_slash("a/", "it has an empty part")]
#[case::two_slashes("a//b", "it has an empty part")]
#[case::nul("a\0b", "it contains a NUL character")]
fn anything_else_is_not_a_key(#[case] text: &str, #[case] expected: &str) {
    match FileKey::new(text) {
        Err(Error::InvalidKey { key, problem }) => {
            assert_eq!((key.as_str(), problem), (text, expected));
        }
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::no_prefix("", "anything", true)]
#[case::same_case("CED07-02", "CED07-02R.PIP", true)]
#[case::other_case("ced07-02", "CED07-02R.PIP", true)]
#[case::whole_name("CED07-02R.PIP", "ced07-02r.pip", true)]
#[case::longer_than_the_name("CED07-02R.PIP", "CED07-02", false)]
#[case::elsewhere_in_the_name("07-02", "CED07-02R.PIP", false)]
#[case::only_ascii_folds("É", "é", false)]
#[case::end_within_a_character("a", "ä", false)]
fn names_match_by_prefix(#[case] prefix: &str, #[case] name: &str, #[case] matches: bool) {
    let options = ListOptions::new().with_name_prefix(prefix);
    assert_eq!(options.matches(name), matches);
}

fn meta() -> FileMeta {
    FileMeta::new(
        FileKey::new("CED07-02R.PIP").unwrap(),
        "s3://bucket/CED07-02R.PIP",
    )
}

fn version(id: &str) -> FileMeta {
    let mut meta = meta();
    meta.version_id = Some(id.to_owned());
    meta
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[rstest]
#[case::size(meta().with_size(1), meta().with_size(2), "its size was 1 bytes and is now 2")]
#[case::time(meta().with_last_modified(at(1)), meta().with_last_modified(at(2)), "it was written again")]
#[case::tag(meta().with_e_tag("\"a\""), meta().with_e_tag("\"b\""), "its entity tag was \"\\\"a\\\"\" and is now \"\\\"b\\\"\"")]
#[case::version(version("a"), version("b"), "its version was \"a\" and is now \"b\"")]
fn other_version_is_an_error(
    #[case] listed: FileMeta,
    #[case] opened: FileMeta,
    #[case] expected: &str,
) {
    match OpenOptions::new().with_if_match(listed).check(&opened) {
        Err(Error::Changed { location, change }) => {
            assert_eq!(location, "s3://bucket/CED07-02R.PIP");
            assert_eq!(change, expected);
        }
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::equal(meta().with_size(1), meta().with_size(1))]
#[case::known_on_one_side_only(meta().with_size(1), meta().with_last_modified(at(1)))]
#[case::time_rounded_where_tags_agree(
    meta().with_e_tag("a").with_last_modified(at(1)),
    meta().with_e_tag("a").with_last_modified(at(2))
)]
fn same_version_is_accepted(#[case] listed: FileMeta, #[case] opened: FileMeta) {
    let options = OpenOptions::new().with_if_match(listed);
    assert!(options.check(&opened).is_ok());
    assert!(OpenOptions::new().check(&opened).is_ok());
}
