//! The settings as the programs' users meet them.

mod documentation;
