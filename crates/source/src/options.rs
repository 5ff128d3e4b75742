//! What a caller asks of a listing or of an opening.

use crate::{Error, FileMeta};

/// Which files to list; all of them, unless told otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// What a file's name must start with, ASCII letters in either case. Default: nothing.
    pub name_prefix: String,
}

impl ListOptions {
    /// Starts with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lists only the files whose name (the last part of the key) starts with `name_prefix`,
    /// ASCII letters in either case.
    #[must_use]
    pub fn with_name_prefix(mut self, name_prefix: impl Into<String>) -> Self {
        self.name_prefix = name_prefix.into();
        self
    }

    /// Whether a file of this name is asked for; every implementation decides by this.
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

/// How to open a file; as it is now, unless told otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// The version that the file must still be. Default: any.
    pub if_match: Option<FileMeta>,
}

impl OpenOptions {
    /// Starts with the defaults.
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

    /// Holds an opened file's metadata against what the caller expects.
    ///
    /// For implementations: local files are checked by this alone; a store that takes conditions
    /// (`If-Match`) should ask with them as well.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] when [`if_match`](Self::if_match) describes another version.
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
