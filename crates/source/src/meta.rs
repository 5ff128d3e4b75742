//! Metadata of a file.

use std::time::SystemTime;

use crate::FileKey;

/// Describes one version of a file.
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
    /// The key by which the source opens the file.
    pub key: FileKey,
    /// The path or URI to show to people, such as `/data/pif_files/CED07-02R.PIP` or
    /// `s3://bucket/pif/CED07-02R.PIP`.
    pub location: String,
    /// The size in bytes; `None` if there is no size, as for a pipe.
    pub size: Option<u64>,
    /// The time of the last write to the content.
    pub last_modified: Option<SystemTime>,
    /// The HTTP entity tag as the server sent it, which differs between versions of a file. `None`
    /// for local files.
    pub e_tag: Option<String>,
    /// The version id in a store that keeps old versions.
    pub version_id: Option<String>,
}

impl FileMeta {
    /// Creates metadata that has only a key and a location.
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

    /// Sets the size in bytes.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// Sets the time of the last modification.
    #[must_use]
    pub fn with_last_modified(mut self, last_modified: SystemTime) -> Self {
        self.last_modified = Some(last_modified);
        self
    }

    /// Sets the entity tag.
    #[must_use]
    pub fn with_e_tag(mut self, e_tag: impl Into<String>) -> Self {
        self.e_tag = Some(e_tag.into());
        self
    }

    /// Returns the file's own name: the last part of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Describes the difference if `now` is a different version from this one.
    ///
    /// Compares version id, entity tag and size, each only if both sides have it. The last-modified
    /// time counts only if an entity tag is missing, because servers round it differently in
    /// different responses.
    pub(crate) fn change_to(&self, now: &Self) -> Option<String> {
        if let Some((before, now)) = differing(&self.version_id, &now.version_id) {
            return Some(format!("its version was {before:?} and is now {now:?}"));
        }
        if let Some((before, now)) = differing(&self.e_tag, &now.e_tag) {
            return Some(format!("its entity tag was {before:?} and is now {now:?}"));
        }
        if let Some((before, now)) = differing(&self.size, &now.size) {
            return Some(format!("its size was {before} bytes and is now {now}"));
        }
        let tagged = self.e_tag.is_some() && now.e_tag.is_some();
        if !tagged && differing(&self.last_modified, &now.last_modified).is_some() {
            return Some("it was written again".to_owned());
        }
        None
    }
}

/// Returns two known values that differ.
fn differing<'a, T: PartialEq>(
    before: &'a Option<T>,
    now: &'a Option<T>,
) -> Option<(&'a T, &'a T)> {
    before
        .as_ref()
        .zip(now.as_ref())
        .filter(|(before, now)| before != now)
}
