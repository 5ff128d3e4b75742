//! Lists files and opens them as streams, wherever they are.
//!
//! - [`FileSource`] is a place with files; its documentation is the contract that every
//!   implementation keeps. [`FileSourceExt`] adds what can be derived from it.
//! - [`FileKey`] names a file within its source, [`FileMeta`] tells what is known about it.
//! - [`OpenFile`] is a file being read: its [`FileMeta`] and its [`FileBody`], which yields one
//!   [`Chunk`] after another.
//! - [`Error`] tells what went wrong, where, and what to do about it.
#![cfg_attr(
    feature = "local",
    doc = "- [`LocalFolder`], [`open_file`] and [`open_reader`] are this machine's folders, files and readers (standard input, say)."
)]
#![cfg_attr(
    feature = "s3",
    doc = "- [`S3Bucket`] is a bucket of Amazon S3 or of a server that speaks its protocol."
)]
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `local` | yes | `LocalFolder`, `open_file`, `open_reader` |
//! | `s3` | no | `S3Bucket`, `S3Options`; needs the runtime tokio |
//! | `conformance` | no | the module `conformance`: the contract as functions that an implementation's tests call |
#![cfg_attr(feature = "local", doc = "\n")]
#![cfg_attr(feature = "local", doc = include_str!("../README.md"))]

mod body;
mod chunk;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod key;
#[cfg(feature = "local")]
mod local;
mod meta;
mod options;
#[cfg(feature = "s3")]
mod s3;
mod source;

#[cfg(feature = "local")]
pub use local::{LocalFolder, open_file, open_reader};
#[cfg(feature = "s3")]
pub use s3::{S3Bucket, S3Options};
pub use {
    body::{FileBody, OpenFile, ReadChunks},
    chunk::Chunk,
    error::Error,
    key::FileKey,
    meta::FileMeta,
    options::{ListOptions, OpenOptions},
    source::{FileSource, FileSourceExt, SourceFuture},
};
