//! Objects of a bucket that are named one by one.

use std::sync::Arc;

use cusip_loader::Input;
use cusip_pif::FileKind;
use cusip_settings::FileSettings;
use cusip_source::{FileKey, FileSource};
use cusip_startup::bucket;

use crate::exit::UsageError;

/// Names objects of the bucket by their whole keys.
pub(crate) async fn objects(
    settings: &FileSettings,
    keys: &[String],
    kind: Option<FileKind>,
) -> anyhow::Result<Vec<Input>> {
    let FileSettings::Bucket(settings) = settings else {
        let problem = "--s3-key needs --s3-bucket, or CUSIP_FILE_SOURCE=s3 with CUSIP_S3_BUCKET";
        return Err(UsageError(problem.to_owned()).into());
    };
    let source: Arc<dyn FileSource> = Arc::new(bucket(settings).await?.at_root());
    let mut inputs = Vec::with_capacity(keys.len());
    for key in keys {
        let key = FileKey::new(key)?;
        inputs.push(Input::from_source(Arc::clone(&source), key, kind).await?);
    }
    Ok(inputs)
}
