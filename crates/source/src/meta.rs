//! What a source knows about a file besides its content.

use std::time::SystemTime;

use crate::FileKey;

/// What a source knows about one version of a file, besides its content.
///
/// ```
/// use cusip_source::{FileKey, FileMeta};
///
/// let key = FileKey::new("CED07-02R.PIP")?;
/// let meta = FileMeta::new(key, "s3://bucket/pif/CED07-02R.PIP").with_size(20);
/// assert_eq!(meta.name(), "CED07-02R.PIP");
/// # Ok::<(), cusip_source::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileMeta {
    /// The file's key, with which its source opens it.
    pub key: FileKey,
    /// Where the file is, for people: a path or a URI, such as `/data/pif_files/CED07-02R.PIP`
    /// or `s3://bucket/pif/CED07-02R.PIP`.
    pub location: String,
    /// The file's size in bytes; `None` for what has no size, such as a pipe.
    pub size: Option<u64>,
    /// When the content was last written.
    pub last_modified: Option<SystemTime>,
    /// The entity tag of HTTP, as the server gave it: two versions of a file have different ones.
    /// `None` for local files.
    pub e_tag: Option<String>,
    /// The version's name in a store that keeps old versions.
    pub version_id: Option<String>,
}

impl FileMeta {
    /// Starts with a key and a location; everything else is unknown.
    pub fn new(key: FileKey, location: impl Into<String>) -> Self {
        Self {
            key,
            location: location.into(),
            size: None,
            last_modified: None,
            e_tag: None,
            version_id: None,
        }
    }

    /// States the size in bytes.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// States when the content was last written.
    #[must_use]
    pub fn with_last_modified(mut self, last_modified: SystemTime) -> Self {
        self.last_modified = Some(last_modified);
        self
    }

    /// States the entity tag.
    #[must_use]
    pub fn with_e_tag(mut self, e_tag: impl Into<String>) -> Self {
        self.e_tag = Some(e_tag.into());
        self
    }

    /// States the version's name.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }

    /// The last part of the key: the file's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Tells in words what shows that `now` is another version than this one.
    ///
    /// Compares only what both know: version, entity tag, size. The last-modified time counts only
    /// where an entity tag is missing, because servers round it differently from one kind of
    /// answer to another.
    #[must_use]
    pub fn change_to(&self, now: &Self) -> Option<String> {
        if let Some((before, now)) = differing(&self.version_id, &now.version_id) {
            return Some(format!("its version was {before:?} and is {now:?}"));
        }
        if let Some((before, now)) = differing(&self.e_tag, &now.e_tag) {
            return Some(format!("its entity tag was {before:?} and is {now:?}"));
        }
        if let Some((before, now)) = differing(&self.size, &now.size) {
            return Some(format!("its size was {before} bytes and is {now}"));
        }
        let tagged = self.e_tag.is_some() && now.e_tag.is_some();
        if !tagged && differing(&self.last_modified, &now.last_modified).is_some() {
            return Some("it was written again".to_owned());
        }
        None
    }
}

fn differing<'a, T: PartialEq>(
    before: &'a Option<T>,
    now: &'a Option<T>,
) -> Option<(&'a T, &'a T)> {
    before
        .as_ref()
        .zip(now.as_ref())
        .filter(|(before, now)| before != now)
}
