//! The objects of a bucket's folder.

use std::{
    cmp::Reverse,
    time::{Duration, SystemTime},
};

use aws_sdk_s3::{
    operation::list_objects_v2::ListObjectsV2Output, primitives::DateTime, types::Object,
};
use tracing::warn;

use super::{
    connection::{Connection, Request},
    refusal,
};
use crate::{Error, FileKey, FileMeta, ListOptions};

/// How many names an error suggests in place of one that is not there.
const SUGGESTIONS: usize = 5;

/// Lists the files of the folder, page by page.
pub(super) async fn list(
    connection: &Connection,
    folder: &str,
    options: &ListOptions,
) -> Result<Vec<FileMeta>, Error> {
    let location = format!("{}/{folder}", connection.bucket_location);
    let request = Request::listing(location.trim_end_matches('/'));
    let key_start = format!("{folder}{}", caseless_start(&options.name_prefix));
    let mut files = Vec::new();
    let mut token = None;
    loop {
        let page = page(connection, request, &key_start, token).await?;
        files.extend(
            page.contents()
                .iter()
                .filter_map(|object| describe(connection, folder, object, options)),
        );
        if page.is_truncated() != Some(true) {
            break;
        }
        // A listing that breaks off here would be a day without its files.
        token = page.next_continuation_token;
        if token.is_none() {
            let cause = "the server says that there is more, and not how to go on".to_owned();
            return Err(refusal::other(request, cause));
        }
    }
    files.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(files)
}

/// Names in the folder of a key that is not there, those most like it first.
pub(super) async fn names_like(connection: &Connection, key: &str) -> Vec<String> {
    let (folder, name) = match key.rfind('/') {
        Some(slash) => key.split_at(slash + 1),
        None => ("", key),
    };
    let location = format!("{}/{folder}", connection.bucket_location);
    let request = Request::listing(&location);
    // One page will do, and none where the folder may not be listed. The names that begin alike
    // may be far behind the folder's first page; in the other case there are none.
    let half: String = name.chars().take(name.chars().count() / 2).collect();
    let mut objects = Vec::new();
    for key_start in [format!("{folder}{half}"), folder.to_owned()] {
        if objects.is_empty() {
            let page = page(connection, request, &key_start, None).await;
            objects = page.ok().and_then(|page| page.contents).unwrap_or_default();
        }
    }
    let mut names: Vec<&str> = objects
        .iter()
        .filter_map(|object| object.key()?.strip_prefix(folder))
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_by_key(|found| Reverse(alike(found, name)));
    names.truncate(SUGGESTIONS);
    names.into_iter().map(str::to_owned).collect()
}

/// One way to write an entity tag: some servers leave out the quotes here or there.
pub(super) fn quoted(e_tag: &str) -> String {
    if e_tag.ends_with('"') {
        e_tag.to_owned()
    } else {
        format!("\"{e_tag}\"")
    }
}

/// A time in whole seconds, which is how precise the answer to an opening is.
pub(super) fn whole_seconds(time: &DateTime) -> Option<SystemTime> {
    let seconds = u64::try_from(time.secs()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

async fn page(
    connection: &Connection,
    request: Request<'_>,
    key_start: &str,
    token: Option<String>,
) -> Result<ListObjectsV2Output, Error> {
    let page = connection.send(request, |client| {
        client
            .list_objects_v2()
            .bucket(&connection.options.bucket)
            .prefix(key_start)
            .delimiter("/")
            .set_continuation_token(token.clone())
            .send()
    });
    Ok(page.await?)
}

/// The start of a name that is the same in either case: nothing narrower can be asked of S3.
fn caseless_start(name_prefix: &str) -> &str {
    name_prefix
        .split(|character: char| character.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
}

fn describe(
    connection: &Connection,
    folder: &str,
    object: &Object,
    options: &ListOptions,
) -> Option<FileMeta> {
    let whole_key = object.key()?;
    // The folder's own mark, which consoles make, has no name.
    let name = whole_key
        .strip_prefix(folder)
        .filter(|name| !name.is_empty() && options.matches(name))?;
    let Ok(key) = FileKey::new(name) else {
        warn!(
            bucket = %connection.bucket_location,
            key = whole_key,
            "passed over an object whose name is no file's"
        );
        return None;
    };
    let location = format!("{}/{whole_key}", connection.bucket_location);
    let mut meta = FileMeta::new(key, location);
    meta.size = object.size().and_then(|size| u64::try_from(size).ok());
    meta.last_modified = object.last_modified().and_then(whole_seconds);
    meta.e_tag = object.e_tag().map(quoted);
    Some(meta)
}

/// How many characters two names have in common at their start.
fn alike(a: &str, b: &str) -> usize {
    a.chars()
        .zip(b.chars())
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_no_case_is_asked_of_the_server() {
        assert_eq!(caseless_start("CED07-02"), "");
        assert_eq!(caseless_start("07-02r"), "07-02");
        assert_eq!(caseless_start("株式A"), "株式");
        assert_eq!(caseless_start(""), "");
    }
}
