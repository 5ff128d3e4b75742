//! Lists files and opens them as streams, wherever they are stored.
//!
//! - [`FileSource`] is a place that holds files. Its documentation is the contract that every
//!   implementation keeps. [`FileSourceExt`] adds methods derived from it.
//! - [`FileKey`] names a file within its source. [`FileMeta`] describes one version of it.
//! - [`OpenFile`] is a file being read: its [`FileMeta`] and its [`FileBody`], which yields one
//!   [`Chunk`] after another.
//! - [`Error`] says what went wrong, where, and what to do about it.
#![cfg_attr(
    feature = "local",
    doc = "- [`LocalFolder`], [`open_file`] and [`open_reader`] read folders, files and readers (such as standard input) on this machine."
)]
#![cfg_attr(
    feature = "s3",
    doc = "- [`S3Bucket`] reads a bucket in Amazon S3 or on an S3-compatible server; [`S3Upload`] writes an object."
)]
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `local` | yes | `LocalFolder`, `open_file`, `open_reader` |
//! | `s3` | no | `S3Bucket`, `S3Options`, `S3Upload`; needs a tokio runtime |
//! | `conformance` | no | the module `conformance`, which checks an implementation against the contract |
//! | `test-options` | no | settings of `S3Options` for tests: small parts, short delays, a profile file |
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
mod selection;
mod setting;
mod source;

#[cfg(feature = "local")]
pub use local::{LocalFolder, open_file, open_reader};
#[cfg(feature = "s3")]
pub use s3::{S3Bucket, S3Options, S3Upload, UploadOptions};
pub use {
    body::{FileBody, OpenFile, ReadChunks},
    chunk::Chunk,
    error::Error,
    key::FileKey,
    meta::FileMeta,
    options::{Closest, ListOptions, OpenOptions},
    selection::Selection,
    setting::Setting,
    source::{FileSource, FileSourceExt, SourceFuture},
};
