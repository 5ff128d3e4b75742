//! The settings as users see them.

mod documentation;
