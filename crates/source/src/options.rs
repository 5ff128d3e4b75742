//! Options for listing and opening files.

use crate::{Error, FileMeta};

/// Which files to list; by default, all of them.
///
/// A listing holds its files in memory. For a folder with any number of files, limit it to
/// [`names`](Self::names) or to the files [`closest`](Self::closest) to a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// The start of a file's name, ignoring ASCII case. Default: empty.
    pub name_prefix: String,
    /// The only names to list, ignoring ASCII case. Default: empty, for any name.
    pub names: Vec<String>,
    /// Which of the matching files to list if there are too many. Default: all of them.
    pub closest: Option<Closest>,
}

/// A limited number of files, whose names are closest to a name.
///
/// The closest names share the most characters at their start, ignoring ASCII case. Among equally
/// close names, the last ones are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closest {
    /// The name to compare with.
    pub name: String,
    /// The largest number of files to list.
    pub count: usize,
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

    /// Lists only files whose name is one of these, ignoring ASCII case.
    #[must_use]
    pub fn with_names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Lists at most `count` files, whose names are [closest](Closest) to `name`.
    #[must_use]
    pub fn with_closest(mut self, name: impl Into<String>, count: usize) -> Self {
        let name = name.into();
        self.closest = Some(Closest { name, count });
        self
    }

    /// Returns whether a file of this name matches, whether or not it is one of the
    /// [`closest`](Self::closest). Implementations use a [`Selection`](crate::Selection) instead.
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
        let has_prefix = name
            .as_bytes()
            .get(..self.name_prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(self.name_prefix.as_bytes()));
        let is_named = |listed: &String| listed.eq_ignore_ascii_case(name);
        has_prefix && (self.names.is_empty() || self.names.iter().any(is_named))
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
