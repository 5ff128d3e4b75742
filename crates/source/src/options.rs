//! Options for listing and opening files.

use crate::{Error, FileMeta};

/// Which files to list; by default, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// The start of a file's name, ignoring ASCII case. Default: empty.
    pub name_prefix: String,
}

impl ListOptions {
    /// Returns the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists only files whose name (the last part of the key) starts with `name_prefix`, ignoring
    /// ASCII case.
    #[must_use]
    pub fn with_name_prefix(mut self, name_prefix: impl Into<String>) -> Self {
        self.name_prefix = name_prefix.into();
        self
    }

    /// Returns whether a file of this name should be listed. Every implementation must use this.
    ///
    /// ```
    /// use cusip_source::ListOptions;
    ///
    /// let options = ListOptions::new().with_name_prefix("CED07-02");
    /// assert!(options.matches("ced07-02r.pip"));
    /// assert!(!options.matches("CED07-03R.PIP"));
    /// ```
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        name.as_bytes()
            .get(..self.name_prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(self.name_prefix.as_bytes()))
    }
}

/// How to open a file; by default, in its current version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// The version that the file must still have. Default: any.
    pub if_match: Option<FileMeta>,
}

impl OpenOptions {
    /// Returns the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the file only if it is still the version that `listed` describes.
    #[must_use]
    pub fn with_if_match(mut self, listed: FileMeta) -> Self {
        self.if_match = Some(listed);
        self
    }

    /// Checks an opened file's metadata against [`if_match`](Self::if_match).
    ///
    /// For implementations. A store that supports conditional requests (`If-Match`) should use them
    /// as well.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] if [`if_match`](Self::if_match) describes another version.
    pub fn check(&self, opened: &FileMeta) -> Result<(), Error> {
        let change = self
            .if_match
            .as_ref()
            .and_then(|listed| listed.change_to(opened));
        match change {
            None => Ok(()),
            Some(change) => Err(Error::Changed {
                location: opened.location.clone(),
                change,
            }),
        }
    }
}
