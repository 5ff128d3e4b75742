//! Names of files within their source.

use std::{fmt, str::FromStr};

use crate::Error;

/// The name of a file within its source, such as `CED07-02R.PIP` or `2025/CED07-02R.PIP`.
///
/// A key is a relative path of one or more parts separated by `/`. It has no slash at either end, no
/// empty part, no part `.` or `..`, and no NUL character. All other characters are allowed and kept
/// unchanged. Keys are ordered by their bytes.
///
/// ```
/// use cusip_source::FileKey;
///
/// let key: FileKey = "2025/CED07-02R.PIP".parse()?;
/// assert_eq!(key.name(), "CED07-02R.PIP");
/// assert!("../CED07-02R.PIP".parse::<FileKey>().is_err());
/// # Ok::<(), cusip_source::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileKey(String);

impl FileKey {
    /// Checks a string and turns it into a key.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidKey`] if the string breaks one of the rules above.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        let key = key.into();
        match problem(&key) {
            None => Ok(Self(key)),
            Some(problem) => Err(Error::InvalidKey { key, problem }),
        }
    }

    /// Returns the whole key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the file's own name: the last part of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(_, name)| name)
    }
}

impl fmt::Display for FileKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for FileKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileKey {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self, Error> {
        Self::new(key)
    }
}

impl TryFrom<String> for FileKey {
    type Error = Error;

    fn try_from(key: String) -> Result<Self, Error> {
        Self::new(key)
    }
}

/// Returns the rule that a string breaks.
fn problem(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        Some("it is empty")
    } else if key.starts_with('/') {
        Some("it starts with a slash")
    } else if key.contains('\0') {
        Some("it contains a NUL character")
    } else if key.split('/').any(str::is_empty) {
        Some("it has an empty part")
    } else if key.split('/').any(|part| part == "." || part == "..") {
        Some("it has a part \".\" or \"..\"")
    } else {
        None
    }
}
