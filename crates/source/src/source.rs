//! The trait of all places with files, and its contract.

use std::{fmt, pin::Pin, sync::Arc};

use crate::{Error, FileKey, FileMeta, ListOptions, OpenFile, OpenOptions};

/// A boxed future, as the traits of this crate return it.
pub type SourceFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A place with files: it lists them and opens them as streams.
///
/// Programs hold one as `Arc<dyn FileSource>`, which is a `FileSource` itself. The two methods are
/// all that an implementation writes; [`FileSourceExt`] derives the rest.
///
/// # Contract
///
/// - **Names.** `Display` is the place itself, for people: `/data/pif_files`, `s3://bucket/pif`.
///   Every [`FileMeta::location`] starts with it and ends with the file's name. No secrets in
///   `Display` or `Debug`.
/// - **Listing** answers every file that [`ListOptions::matches`], whatever the number of pages it
///   takes, ordered by key, by bytes. Two names that differ only in case are two files. A place
///   without such a file answers with an empty list; a place that does not exist is
///   [`Error::FolderNotFound`] or [`Error::BucketNotFound`]. Entries that are no files or have no valid key are passed over,
///   with a warning in the log where somebody may miss them.
/// - **Consistency.** A file that is there before the listing starts, and stays, is listed. One
///   that comes, goes or changes meanwhile may be listed or not; each entry by itself describes
///   one version of its file.
/// - **Between listing and opening** a file may be replaced. Give the listed metadata to
///   [`OpenOptions::with_if_match`] and that is [`Error::Changed`].
/// - **While a file is read** it may be replaced, too. The body is then the version that was
///   opened, or ends with [`Error::Changed`]: never, silently, a mixture. [`FileBody`] states the
///   rest of what holds for bodies.
/// - **Metadata** of an opened file equals what a listing says about the same version, and may say
///   more: a version's name is told only when it is opened.
/// - **Errors** are [`Error::FileNotFound`] or [`Error::ObjectNotFound`] for a key without a file,
///   [`Error::PermissionDenied`] for one that may not be read; they name the location.
/// - **Dropping** a future or an [`OpenFile`] abandons the work and leaves the source usable. Any
///   number of files can be open at once.
///
/// The feature `conformance` holds an implementation against this.
///
/// # Differences between implementations
///
/// - A local folder is listed without its sub-folders, and its keys are file names. A store's keys
///   are relative to the prefix it was set up with and may have several parts.
/// - Local files have no entity tag or version: versions are told apart by size and last-modified
///   time. A file that is overwritten by as many bytes within one tick of the file system's clock
///   (some milliseconds) cannot be told from itself.
/// - A local file that is replaced or written to while it is read ends with [`Error::Changed`],
///   as its writer may not have been done. An object of S3 is read in parts, each on condition that
///   the object still has the content of the first: replaced by the same content, it is read on.
/// - A local file that is removed while it is read can be read to its end.
///
/// [`FileBody`]: crate::FileBody
pub trait FileSource: fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// Lists the files, ordered by key.
    ///
    /// # Errors
    ///
    /// [`Error::FolderNotFound`], [`Error::NotAFolder`] or [`Error::BucketNotFound`] when the place
    /// is not there, [`Error::PermissionDenied`] or [`Error::Credentials`] when it may not be
    /// listed, and [`Error::Io`], [`Error::Unavailable`] or [`Error::Other`] for what else may
    /// happen there.
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>>;

    /// Opens a file for one reading from its start.
    ///
    /// # Errors
    ///
    /// [`Error::FileNotFound`] or [`Error::ObjectNotFound`] without such a file,
    /// [`Error::FolderNotFound`], [`Error::NotAFolder`] or [`Error::BucketNotFound`] without the
    /// place, [`Error::NotAFile`] for a folder or the like, [`Error::Changed`] when it is not the
    /// version that [`OpenOptions::if_match`] asks for, [`Error::InvalidKey`] for a key that no
    /// file here can have, [`Error::PermissionDenied`] or [`Error::Credentials`] when it may not be
    /// read, and [`Error::Io`], [`Error::Unavailable`] or [`Error::Other`] for what else may happen
    /// there.
    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>>;
}

/// What can be derived from any [`FileSource`]; not to be implemented by hand.
pub trait FileSourceExt: FileSource {
    /// Lists the files whose name starts with `name_prefix`, ASCII letters in either case.
    ///
    /// # Errors
    ///
    /// Those of [`FileSource::list`].
    fn list_named(&self, name_prefix: &str) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        self.list(ListOptions::new().with_name_prefix(name_prefix))
    }

    /// Opens the very version that was listed.
    ///
    /// # Errors
    ///
    /// Those of [`FileSource::open`]; [`Error::Changed`] when the file is another version by now.
    fn open_listed<'a>(
        &'a self,
        listed: &'a FileMeta,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        self.open(
            &listed.key,
            OpenOptions::new().with_if_match(listed.clone()),
        )
    }

    /// Reads a file into memory: for small ones.
    ///
    /// # Errors
    ///
    /// Those of [`FileSource::open`] and of [`FileBody::next_chunk`](crate::FileBody::next_chunk).
    fn read<'a>(&'a self, key: &'a FileKey) -> SourceFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(async move {
            let mut file = self.open(key, OpenOptions::new()).await?;
            file.body.read_to_end().await
        })
    }
}

impl<T: FileSource + ?Sized> FileSourceExt for T {}

impl<T: FileSource + ?Sized> FileSource for Arc<T> {
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        self.as_ref().list(options)
    }

    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        self.as_ref().open(key, options)
    }
}

impl<T: FileSource + ?Sized> FileSource for Box<T> {
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        self.as_ref().list(options)
    }

    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        self.as_ref().open(key, options)
    }
}
