//! Issue attribute records. Most of their fields are empty, as in real files.

mod debt;
mod equity;
mod offering;
mod record;

pub(crate) use self::record::AttributeTexts;
