//! The trait that every source implements, and its contract.

use std::{fmt, pin::Pin, sync::Arc};

use crate::{Error, FileKey, FileMeta, ListOptions, OpenFile, OpenOptions};

/// The boxed future that this crate's traits return.
pub type SourceFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A place that lists its files and opens them as streams.
///
/// Programs usually hold an `Arc<dyn FileSource>`, which is a `FileSource` itself. An implementation
/// provides only these two methods; [`FileSourceExt`] derives the rest.
///
/// # Contract
///
/// - **Names.** `Display` shows the place to people: `/data/pif_files`, `s3://bucket/pif`. Every
///   [`FileMeta::location`] starts with it and ends with the file's name. Neither `Display` nor
///   `Debug` shows secrets.
/// - **Listing** returns every file that [`ListOptions::matches`], from all pages, ordered by the
///   bytes of the key; or those of them that are [closest](crate::Closest) to a name. A
///   [`Selection`](crate::Selection) collects them in memory that does not grow with the other files. Names that differ only in case are different files. If no file matches, the
///   list is empty. If the place does not exist, the result is [`Error::FolderNotFound`] or
///   [`Error::BucketNotFound`]. Entries that are not files or have no valid key are skipped, with a
///   warning in the log if their name matches.
/// - **Consistency.** A file that exists before the listing starts and stays in place is listed. A
///   file that appears, disappears or changes during the listing may be missing; each entry
///   describes one version of its file.
/// - **Between listing and opening** a file may be replaced. Pass the listed metadata to
///   [`OpenOptions::with_if_match`] to get [`Error::Changed`] in that case.
/// - **During a read** a file may be replaced, too. The body then either delivers the version that
///   was opened or ends with [`Error::Changed`]. It never mixes versions. [`FileBody`] states the
///   other guarantees for bodies.
/// - **Metadata** of an opened file equals the listed metadata of the same version. It may say more:
///   a listing does not report version ids.
/// - **Errors** name the location. A key without a file is [`Error::FileNotFound`] or
///   [`Error::ObjectNotFound`]; a file that may not be read is [`Error::PermissionDenied`].
/// - **Dropping** a future or an [`OpenFile`] abandons the work and leaves the source usable. Any
///   number of files can be open at once.
///
/// The feature `conformance` checks an implementation against this contract.
///
/// # Differences between implementations
///
/// - A local folder is listed without its subfolders, and its keys are file names. Keys in a bucket
///   are relative to the configured prefix and may have several parts.
/// - Local files have no entity tag or version id. Their versions differ in size or last-modified
///   time, so a file that is overwritten with the same number of bytes within one tick of the file
///   system's clock (a few milliseconds) looks unchanged.
/// - If a local file is replaced or written to during a read, the body ends with
///   [`Error::Changed`], because its writer may not be done. An S3 object is read in parts, and
///   each request demands the content of the first; if an object is replaced with the same content,
///   reading continues.
/// - A local file that is removed during a read can be read to its end.
///
/// [`FileBody`]: crate::FileBody
pub trait FileSource: fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// Lists the files, ordered by key.
    ///
    /// # Errors
    ///
    /// [`Error::FolderNotFound`], [`Error::NotAFolder`] or [`Error::BucketNotFound`] if the place
    /// does not exist, [`Error::PermissionDenied`] or [`Error::Credentials`] if it may not be
    /// listed, and [`Error::Io`], [`Error::Unavailable`] or [`Error::Other`] for other failures.
    fn list(&self, options: ListOptions) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>>;

    /// Opens a file to be read once from its start.
    ///
    /// # Errors
    ///
    /// [`Error::FileNotFound`] or [`Error::ObjectNotFound`] if the file does not exist,
    /// [`Error::FolderNotFound`], [`Error::NotAFolder`] or [`Error::BucketNotFound`] if the place
    /// does not exist, [`Error::NotAFile`] for a folder, socket or device, [`Error::Changed`] if the
    /// version differs from [`OpenOptions::if_match`], [`Error::InvalidKey`] for a key that no file
    /// in this source can have, [`Error::PermissionDenied`] or [`Error::Credentials`] if the file
    /// may not be read, and [`Error::Io`], [`Error::Unavailable`] or [`Error::Other`] for other
    /// failures.
    fn open<'a>(
        &'a self,
        key: &'a FileKey,
        options: OpenOptions,
    ) -> SourceFuture<'a, Result<OpenFile, Error>>;
}

/// Convenience methods for every [`FileSource`]. Do not implement this trait yourself.
pub trait FileSourceExt: FileSource {
    /// Lists the files whose name starts with `name_prefix`, ignoring ASCII case.
    ///
    /// # Errors
    ///
    /// The same as [`FileSource::list`].
    fn list_named(&self, name_prefix: &str) -> SourceFuture<'_, Result<Vec<FileMeta>, Error>> {
        self.list(ListOptions::new().with_name_prefix(name_prefix))
    }

    /// Opens a file in the version that was listed.
    ///
    /// # Errors
    ///
    /// The same as [`FileSource::open`]; [`Error::Changed`] if the file has changed since.
    fn open_listed<'a>(
        &'a self,
        listed: &'a FileMeta,
    ) -> SourceFuture<'a, Result<OpenFile, Error>> {
        self.open(
            &listed.key,
            OpenOptions::new().with_if_match(listed.clone()),
        )
    }

    /// Reads a small file into memory.
    ///
    /// # Errors
    ///
    /// The same as [`FileSource::open`] and [`FileBody::next_chunk`](crate::FileBody::next_chunk).
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
