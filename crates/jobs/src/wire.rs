//! Names of enums in the job log and in JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use cusip_pif::{Date, FileKind};
use serde::Serializer;

/// Gives an enum `name`, `ALL`, `Display` and `FromStr` from one table of names.
macro_rules! names {
    ($type:ident, $what:literal { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// All values, in the order of their definition.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the name in the job log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::wire::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().copied().find(|value| value.name() == name);
                known.ok_or_else(|| $crate::wire::UnknownName { what: $what, name: name.to_owned() })
            }
        }
    };
}
pub(crate) use names;

/// Serializes a value as its `Display` text.
pub(crate) fn shown<T: std::fmt::Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Serializes a day as `YYYY-MM-DD`, or null.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(crate) fn day<S: Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => serializer.collect_str(day),
        None => serializer.serialize_none(),
    }
}

/// Serializes a kind of file by its name, or null.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(crate) fn kind<S: Serializer>(
    kind: &Option<FileKind>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match kind {
        Some(kind) => serializer.collect_str(kind),
        None => serializer.serialize_none(),
    }
}

/// Serializes bytes as text, with U+FFFD for what is not UTF-8, or null.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(crate) fn lossy_text<S: Serializer>(
    bytes: &Option<Vec<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => serializer.serialize_str(&String::from_utf8_lossy(bytes)),
        None => serializer.serialize_none(),
    }
}

/// Serializes a point in time as `YYYY-MM-DDTHH:MM:SSZ`, or null.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(crate) fn time<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time.filter(|time| *time >= UNIX_EPOCH) {
        Some(time) => serializer.collect_str(&humantime::format_rfc3339_seconds(time)),
        None => serializer.serialize_none(),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(crate) const fn is_false(value: &bool) -> bool {
    !*value
}

/// The error of a name that this version of the program does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {name:?}")]
pub struct UnknownName {
    pub(crate) what: &'static str,
    pub(crate) name: String,
}
