//! Writes an object, which appears only when it is complete.

use std::{fmt, mem, sync::Arc, time::Duration};

use aws_sdk_s3::{
    config::{Builder, timeout::TimeoutConfig},
    primitives::ByteStream,
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption},
};
use bytes::Bytes;
use tokio::{runtime::Handle, task::JoinHandle};
use tracing::warn;

use super::{
    connection::Connection,
    error::{self, RequestError},
    request::Request,
};
use crate::Error;

/// S3 wants at least 5 MiB in each part but the last, and at most 10,000 parts: enough for 80 GB.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// A part may need this long on a slow line. Other requests are answered sooner.
const PART_TIMEOUT: Duration = Duration::from_secs(300);

/// The condition that there is no object of that key.
const NO_OBJECT: &str = "*";
const PRECONDITION_FAILED: u16 = 412;
const CONFLICT: u16 = 409;

/// How an object is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// Whether an object of that key may be replaced. If not, the upload fails at its end if there is one.
    pub may_replace: bool,
    /// The KMS key, by its ID, ARN or alias, that encrypts the object. Default: as the bucket says.
    pub kms_key: Option<String>,
    /// The account that the bucket must belong to.
    pub bucket_owner: Option<String>,
}

/// An object that is being written.
///
/// Each part is sent, with a checksum, while the caller makes the next one. The object appears only with
/// [`complete`](Self::complete). If the upload is dropped before that, the parts that were sent are deleted
/// in the background; [`abort`](Self::abort) waits for it. Memory holds at most three parts of 8 MiB.
///
/// Needs the permissions `s3:PutObject` and `s3:AbortMultipartUpload`.
pub struct S3Upload {
    object: Arc<Object>,
    filling: Vec<u8>,
    upload_id: Option<Arc<str>>,
    sent: Vec<CompletedPart>,
    under_way: Option<JoinHandle<Result<CompletedPart, Error>>>,
}

/// The object that an upload writes.
struct Object {
    connection: Arc<Connection>,
    key: String,
    location: String,
    options: UploadOptions,
}

impl S3Upload {
    pub(super) fn new(connection: Arc<Connection>, key: String, options: UploadOptions) -> Self {
        let location = format!("{}/{key}", connection.target.location);
        Self {
            object: Arc::new(Object {
                connection,
                key,
                location,
                options,
            }),
            filling: Vec::new(),
            upload_id: None,
            sent: Vec::new(),
            under_way: None,
        }
    }

    /// Returns the object's location, `s3://bucket/key`.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.object.location
    }

    /// Appends bytes to the object.
    ///
    /// # Errors
    ///
    /// Why an earlier part could not be sent, or the upload not begun.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            if self.filling.capacity() == 0 {
                self.filling.reserve_exact(PART_BYTES);
            }
            let room = PART_BYTES - self.filling.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.filling.extend_from_slice(now);
            bytes = later;
            if self.filling.len() == PART_BYTES {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    /// Completes the object, and returns its location.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] if there is an object that may not be replaced; otherwise why a part could
    /// not be sent, or the upload not completed. The parts are deleted then.
    pub async fn complete(mut self) -> Result<String, Error> {
        let location = self.object.location.clone();
        match self.send_rest().await {
            Ok(()) => {
                self.upload_id = None;
                Ok(location)
            }
            Err(error) => {
                self.abort().await;
                Err(error)
            }
        }
    }

    /// Deletes the parts that were sent. A failure is only logged: a lifecycle rule of the bucket may delete
    /// what remains.
    pub async fn abort(mut self) {
        if let Some(part) = self.under_way.take() {
            part.abort();
        }
        if let Some(upload_id) = self.upload_id.take() {
            self.object.abort(&upload_id).await;
        }
    }

    /// Sends the last part and completes the upload; or sends the whole object, if it is small.
    async fn send_rest(&mut self) -> Result<(), Error> {
        let rest = Bytes::from(mem::take(&mut self.filling));
        let Some(upload_id) = self.upload_id.clone() else {
            return self.object.put(rest).await;
        };
        self.wait_for_part().await?;
        if !rest.is_empty() {
            let number = self.sent.len() as i32 + 1;
            self.sent
                .push(self.object.part(&upload_id, number, rest).await?);
        }
        let parts = mem::take(&mut self.sent);
        self.object.complete(&upload_id, parts).await
    }

    /// Sends a full part in the background, after the one before has arrived.
    async fn send_part(&mut self) -> Result<(), Error> {
        let bytes = Bytes::from(mem::take(&mut self.filling));
        self.wait_for_part().await?;
        let upload_id = match &self.upload_id {
            Some(upload_id) => Arc::clone(upload_id),
            None => {
                let upload_id: Arc<str> = self.object.begin().await?.into();
                self.upload_id = Some(Arc::clone(&upload_id));
                upload_id
            }
        };
        let number = self.sent.len() as i32 + 1;
        let object = Arc::clone(&self.object);
        self.under_way = Some(tokio::spawn(async move {
            object.part(&upload_id, number, bytes).await
        }));
        Ok(())
    }

    async fn wait_for_part(&mut self) -> Result<(), Error> {
        let Some(part) = self.under_way.take() else {
            return Ok(());
        };
        match part.await {
            Ok(part) => self.sent.push(part?),
            Err(failure) => {
                let request = self.object.request();
                return Err(error::other(request, failure.to_string()));
            }
        }
        Ok(())
    }
}

impl Drop for S3Upload {
    fn drop(&mut self) {
        if let Some(part) = self.under_way.take() {
            part.abort();
        }
        let Some(upload_id) = self.upload_id.take() else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            let object = Arc::clone(&self.object);
            runtime.spawn(async move { object.abort(&upload_id).await });
        }
    }
}

impl fmt::Debug for S3Upload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter.debug_struct("S3Upload"))
            .field("location", &self.object.location)
            .finish_non_exhaustive()
    }
}

impl Object {
    fn request(&self) -> Request<'_> {
        Request::writing(&self.location, &self.key)
    }

    fn bucket(&self) -> &str {
        &self.connection.target.bucket
    }

    fn encryption(&self) -> Option<ServerSideEncryption> {
        let key = self.options.kms_key.as_ref();
        key.map(|_| ServerSideEncryption::AwsKms)
    }

    fn condition(&self) -> Option<String> {
        (!self.options.may_replace).then(|| NO_OBJECT.to_owned())
    }

    async fn begin(&self) -> Result<String, Error> {
        let begun = self.connection.send(self.request(), |client| {
            (client.create_multipart_upload())
                .bucket(self.bucket())
                .key(&self.key)
                .checksum_algorithm(ChecksumAlgorithm::Crc32)
                .set_server_side_encryption(self.encryption())
                .set_ssekms_key_id(self.options.kms_key.clone())
                .set_expected_bucket_owner(self.options.bucket_owner.clone())
                .send()
        });
        let upload_id = begun.await?.upload_id;
        upload_id.ok_or_else(|| {
            let cause = "the server began an upload without an ID".to_owned();
            error::other(self.request(), cause)
        })
    }

    async fn part(
        &self,
        upload_id: &str,
        number: i32,
        bytes: Bytes,
    ) -> Result<CompletedPart, Error> {
        let sent = self.connection.send(self.request(), |client| {
            (client.upload_part())
                .bucket(self.bucket())
                .key(&self.key)
                .upload_id(upload_id)
                .part_number(number)
                .checksum_algorithm(ChecksumAlgorithm::Crc32)
                .set_expected_bucket_owner(self.options.bucket_owner.clone())
                .body(ByteStream::from(bytes.clone()))
                .customize()
                .config_override(patient())
                .send()
        });
        let sent = sent.await?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .build())
    }

    async fn complete(&self, upload_id: &str, parts: Vec<CompletedPart>) -> Result<(), Error> {
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let completed = self.connection.send(self.request(), |client| {
            (client.complete_multipart_upload())
                .bucket(self.bucket())
                .key(&self.key)
                .upload_id(upload_id)
                .multipart_upload(parts.clone())
                .set_if_none_match(self.condition())
                .set_expected_bucket_owner(self.options.bucket_owner.clone())
                .customize()
                .config_override(patient())
                .send()
        });
        match completed.await {
            Ok(_) => Ok(()),
            Err(failed) => Err(self.not_written(failed)),
        }
    }

    /// Writes a small object in one request.
    async fn put(&self, bytes: Bytes) -> Result<(), Error> {
        let put = self.connection.send(self.request(), |client| {
            (client.put_object())
                .bucket(self.bucket())
                .key(&self.key)
                .checksum_algorithm(ChecksumAlgorithm::Crc32)
                .set_server_side_encryption(self.encryption())
                .set_ssekms_key_id(self.options.kms_key.clone())
                .set_if_none_match(self.condition())
                .set_expected_bucket_owner(self.options.bucket_owner.clone())
                .body(ByteStream::from(bytes.clone()))
                .customize()
                .config_override(patient())
                .send()
        });
        match put.await {
            Ok(_) => Ok(()),
            Err(failed) => Err(self.not_written(failed)),
        }
    }

    async fn abort(&self, upload_id: &str) {
        let aborted = self.connection.send(self.request(), |client| {
            (client.abort_multipart_upload())
                .bucket(self.bucket())
                .key(&self.key)
                .upload_id(upload_id)
                .set_expected_bucket_owner(self.options.bucket_owner.clone())
                .send()
        });
        if let Err(failed) = aborted.await {
            let location = &self.location;
            warn!(object = %location, error = %failed.error, "cannot delete the parts of an upload; a lifecycle rule of the bucket can");
        }
    }

    fn not_written(&self, failed: RequestError) -> Error {
        match failed.status {
            // The second is for another upload of the same key at the same time.
            Some(PRECONDITION_FAILED | CONFLICT) if !self.options.may_replace => {
                Error::AlreadyExists {
                    location: self.location.clone(),
                }
            }
            _ => failed.error,
        }
    }
}

/// Returns the limits for requests with a long body.
fn patient() -> Builder {
    let limits = TimeoutConfig::builder()
        .read_timeout(PART_TIMEOUT)
        .operation_attempt_timeout(PART_TIMEOUT)
        .build();
    Builder::new().timeout_config(limits)
}
