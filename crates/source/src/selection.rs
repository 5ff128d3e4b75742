//! The files of a listing, as they are found.

use std::collections::BTreeMap;

use crate::{FileKey, FileMeta, ListOptions};

/// Selects the files that a listing returns. For implementations of
/// [`FileSource`](crate::FileSource).
///
/// Memory grows with the files that are selected, not with those that are found.
///
/// ```
/// use cusip_source::{FileKey, FileMeta, ListOptions, Selection};
///
/// let options = ListOptions::new().with_closest("CED07-02R.PIP", 2);
/// let mut selection = Selection::new(&options);
/// for name in ["CED07-01R.PIP", "README", "CED07-02R.PIP.gz"] {
///     if selection.wants(name) {
///         selection.add(FileMeta::new(FileKey::new(name)?, name));
///     }
/// }
/// let names: Vec<_> = selection.into_files().iter().map(|file| file.name().to_owned()).collect();
/// assert_eq!(names, ["CED07-01R.PIP", "CED07-02R.PIP.gz"]);
/// # Ok::<(), cusip_source::Error>(())
/// ```
#[derive(Debug)]
pub struct Selection<'o> {
    options: &'o ListOptions,
    /// The files so far, the least similar names first.
    files: BTreeMap<(usize, FileKey), FileMeta>,
}

impl<'o> Selection<'o> {
    /// Starts a listing.
    #[must_use]
    pub const fn new(options: &'o ListOptions) -> Self {
        Self {
            options,
            files: BTreeMap::new(),
        }
    }

    /// Returns whether a file of this name would be selected, given the files so far.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.options.matches(name) && !self.is_full_of_closer(name, name)
    }

    /// Adds a file if its name matches, and drops the one least similar to the name if there are too many.
    pub fn add(&mut self, file: FileMeta) {
        if !self.options.matches(file.name()) {
            return;
        }
        let rank = (self.closeness(file.name()), file.key.clone());
        self.files.insert(rank, file);
        if let Some(closest) = &self.options.closest
            && self.files.len() > closest.count
        {
            self.files.pop_first();
        }
    }

    /// Returns the selected files, ordered by key.
    #[must_use]
    pub fn into_files(self) -> Vec<FileMeta> {
        let mut files: Vec<_> = self.files.into_values().collect();
        files.sort_by(|a, b| a.key.cmp(&b.key));
        files
    }

    fn is_full_of_closer(&self, name: &str, key: &str) -> bool {
        let Some(closest) = &self.options.closest else {
            return false;
        };
        let is_full = self.files.len() >= closest.count;
        let least = self.files.first_key_value();
        is_full
            && least.is_none_or(|((closeness, least), _)| {
                (*closeness, least.as_str()) >= (self.closeness(name), key)
            })
    }

    fn closeness(&self, name: &str) -> usize {
        let closest = self.options.closest.as_ref();
        closest.map_or(0, |closest| common_prefix(&closest.name, name))
    }
}

/// Returns the number of characters that two names share at their start, ignoring ASCII case.
pub(crate) fn common_prefix(a: &str, b: &str) -> usize {
    a.chars()
        .zip(b.chars())
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count()
}
