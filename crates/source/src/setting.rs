//! The settings that errors refer to.

use std::fmt;

/// A setting of a source, named in [`Error::setting`](crate::Error::setting).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// The bucket's name.
    Bucket,
    /// The bucket's region.
    Region,
    /// The address of a server other than Amazon's.
    Endpoint,
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bucket => "bucket",
            Self::Region => "region",
            Self::Endpoint => "endpoint",
        })
    }
}
