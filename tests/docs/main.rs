//! The documentation is true: its commands and queries run, its links lead somewhere, and the files it names exist.

mod commands;
mod documents;
mod file_format;
mod links;
mod paths;
mod sql;
