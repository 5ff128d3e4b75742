//! Lists the objects in a folder of a bucket.

use std::{
    cmp::Reverse,
    time::{Duration, SystemTime},
};

use aws_sdk_s3::{
    operation::list_objects_v2::ListObjectsV2Output, primitives::DateTime, types::Object,
};
use tracing::warn;

use super::{connection::Connection, error, request::Request};
use crate::selection::common_prefix;
use crate::{Error, FileKey, FileMeta, ListOptions, Selection};

/// How many similar names an error for a missing object suggests.
const SUGGESTIONS: usize = 5;

/// Lists the files in the folder, page by page.
pub(super) async fn list(
    connection: &Connection,
    folder: &str,
    options: &ListOptions,
) -> Result<Vec<FileMeta>, Error> {
    let location = format!("{}/{folder}", connection.target.location);
    let request = Request::listing(location.trim_end_matches('/'));
    let key_start = format!("{folder}{}", caseless_start(&options.name_prefix));
    let mut selection = Selection::new(options);
    let mut token = None;
    loop {
        let page = page(connection, request, &key_start, token).await?;
        for object in page.contents() {
            if let Some(file) = describe(connection, folder, object, &selection) {
                selection.add(file);
            }
        }
        if page.is_truncated() != Some(true) {
            break;
        }
        // An incomplete listing would look like a day with missing files.
        token = page.next_continuation_token;
        if token.is_none() {
            let cause =
                "the listing is incomplete, but the server sent no continuation token".to_owned();
            return Err(error::other(request, cause));
        }
    }
    Ok(selection.into_files())
}

/// Returns names in the folder of a missing key, most similar first.
pub(super) async fn similar_names(connection: &Connection, key: &str) -> Vec<String> {
    let (folder, name) = match key.rfind('/') {
        Some(slash) => key.split_at(slash + 1),
        None => ("", key),
    };
    let location = format!("{}/{folder}", connection.target.location);
    let request = Request::listing(&location);
    // One page is enough, and an error means no suggestions. Ask for names with a similar start
    // first, because in a large folder they may not be on the first page.
    let first_half: String = name.chars().take(name.chars().count() / 2).collect();
    let mut objects = Vec::new();
    for key_start in [format!("{folder}{first_half}"), folder.to_owned()] {
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
    names.sort_by_key(|found| Reverse(common_prefix(found, name)));
    names.truncate(SUGGESTIONS);
    names.into_iter().map(str::to_owned).collect()
}

/// Normalizes an entity tag, because some servers omit the quotes in some responses.
pub(super) fn quoted(e_tag: &str) -> String {
    if e_tag.ends_with('"') {
        e_tag.to_owned()
    } else {
        format!("\"{e_tag}\"")
    }
}

/// Returns a time in whole seconds, the precision of the response to a GET request.
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

/// Returns the part of a name before its first letter. S3 cannot match prefixes ignoring case.
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
    selection: &Selection<'_>,
) -> Option<FileMeta> {
    let whole_key = object.key()?;
    // Consoles create an empty object for the folder itself, which has no name.
    let name = whole_key
        .strip_prefix(folder)
        .filter(|name| !name.is_empty() && selection.wants(name))?;
    let Ok(key) = FileKey::new(name) else {
        warn!(
            bucket = %connection.target.location,
            key = whole_key,
            "skipped an object whose key is not a valid file name"
        );
        return None;
    };
    let location = format!("{}/{whole_key}", connection.target.location);
    let mut meta = FileMeta::new(key, location);
    meta.size = object.size().and_then(|size| u64::try_from(size).ok());
    meta.last_modified = object.last_modified().and_then(whole_seconds);
    meta.e_tag = object.e_tag().map(quoted);
    Some(meta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_filters_by_the_start_without_letters() {
        assert_eq!(caseless_start("CED07-02"), "");
        assert_eq!(caseless_start("07-02r"), "07-02");
        assert_eq!(caseless_start("株式A"), "株式");
        assert_eq!(caseless_start(""), "");
    }
}
