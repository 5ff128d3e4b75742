//! Finds out whether a file has the content that was loaded before.

use cusip_postgres::LoadedFile;
use cusip_source::{FileMeta, FileSource, FileSourceExt as _};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Returns whether a listed file has the same content as one that was loaded before.
///
/// Reads the whole file if only its content can tell.
pub(crate) async fn has_same_content(
    meta: &FileMeta,
    source: &dyn FileSource,
    loaded: &LoadedFile,
) -> Result<bool, Error> {
    if meta.size != Some(loaded.size) {
        return Ok(false);
    }
    // S3 listings have no versions; their entity tags are enough to tell contents apart.
    let same_version = meta.version_id.is_none() || meta.version_id == loaded.version_id;
    let same_object = meta.e_tag.is_some() && meta.e_tag == loaded.e_tag && same_version;
    Ok(same_object || sha256(meta, source).await? == loaded.sha256)
}

async fn sha256(meta: &FileMeta, source: &dyn FileSource) -> Result<Vec<u8>, Error> {
    let mut file = source.open_listed(meta).await?;
    let mut hash = Sha256::new();
    while let Some(chunk) = file.body.next_chunk().await? {
        hash.update(&chunk);
    }
    Ok(hash.finalize().to_vec())
}
