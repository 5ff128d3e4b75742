//! The documentation is true: its commands run, and its links lead somewhere.

mod commands;
mod documents;
mod links;
