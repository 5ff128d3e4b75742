//! An S3 server in the test's process: s3s-fs, and the features that it lacks.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hyper::{Method, Uri, server::conn::http1};
use hyper_util::rt::TokioIo;
use s3s::{
    S3, S3Request, S3Response, S3Result,
    auth::SimpleAuth,
    dto::{
        self, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput,
        ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, StreamingBlob,
    },
    s3_error,
    service::S3ServiceBuilder,
};
use s3s_fs::FileSystem;
use tempfile::TempDir;

use super::{listen, runtime};
use crate::blocking::block_on;

/// A server with one empty bucket.
#[derive(Debug)]
pub struct S3Server {
    folder: TempDir,
    objects: Objects,
    endpoint: String,
}

impl S3Server {
    /// The bucket's name.
    pub const BUCKET: &str = "cusip-pif-files-shared";

    /// The access key that the server knows.
    pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";

    /// The secret key that requests must be signed with.
    pub const SECRET_KEY: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

    /// Starts a server that runs until the process ends.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(Self::BUCKET)).unwrap();
        let objects = Objects {
            files: Arc::new(FileSystem::new(folder.path()).unwrap()),
            versioned: Arc::default(),
        };
        let mut service = S3ServiceBuilder::new(objects.clone());
        service.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY, Self::SECRET_KEY));
        let service = service.build();
        let (listener, endpoint) = listen();
        runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
                tokio::spawn(connection);
            }
        });
        Self {
            folder,
            objects,
            endpoint,
        }
    }

    /// Returns the server's URL.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes the server return a version id with each object.
    pub fn keep_versions(&self) {
        self.objects.versioned.store(true, Ordering::Relaxed);
    }

    /// Puts an object into the bucket, or replaces it.
    pub fn put(&self, key: &str, content: &[u8]) {
        let input = PutObjectInput {
            body: Some(StreamingBlob::from(s3s::Body::from(content.to_vec()))),
            bucket: Self::BUCKET.to_owned(),
            key: key.to_owned(),
            ..Default::default()
        };
        block_on(self.objects.files.put_object(request(input))).unwrap();
    }

    /// Returns the file of an object. Its times are the object's.
    #[must_use]
    pub fn path(&self, key: &str) -> PathBuf {
        self.bucket_folder().join(key)
    }

    /// Returns the folder of the bucket. Every file in it is an object.
    #[must_use]
    pub fn bucket_folder(&self) -> PathBuf {
        Path::new(self.folder.path()).join(Self::BUCKET)
    }

    /// Removes an object.
    pub fn remove(&self, key: &str) {
        fs::remove_file(self.path(key)).unwrap();
    }
}

/// s3s-fs, extended by conditions, versions, and entity tags in listings.
#[derive(Debug, Clone)]
struct Objects {
    files: Arc<FileSystem>,
    versioned: Arc<AtomicBool>,
}

impl Objects {
    async fn e_tag(&self, bucket: &str, key: &str) -> S3Result<Option<ETag>> {
        let input = HeadObjectInput {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            ..Default::default()
        };
        let answer = self.files.head_object(request(input)).await?;
        Ok(answer.output.e_tag)
    }
}

#[async_trait::async_trait]
impl S3 for Objects {
    async fn get_object(
        &self,
        asked: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let condition = asked.input.if_match.clone();
        let mut answer = self.files.get_object(asked).await?;
        if let Some(ETagCondition::ETag(e_tag)) = condition
            && answer.output.e_tag.as_ref() != Some(&e_tag)
        {
            return Err(s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            ));
        }
        if self.versioned.load(Ordering::Relaxed) {
            let e_tag = answer.output.e_tag.as_ref().map(ETag::value);
            answer.output.version_id = e_tag.map(|e_tag| format!("version-{e_tag}"));
        }
        Ok(answer)
    }

    async fn list_objects_v2(
        &self,
        asked: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let bucket = asked.input.bucket.clone();
        let mut answer = self.files.list_objects_v2(asked).await?;
        for object in answer.output.contents.iter_mut().flatten() {
            let key = object.key.as_deref().unwrap_or_default();
            object.e_tag = self.e_tag(&bucket, key).await?;
        }
        Ok(answer)
    }

    async fn put_object(
        &self,
        asked: S3Request<dto::PutObjectInput>,
    ) -> S3Result<S3Response<dto::PutObjectOutput>> {
        self.files.put_object(asked).await
    }

    async fn create_multipart_upload(
        &self,
        asked: S3Request<dto::CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::CreateMultipartUploadOutput>> {
        self.files.create_multipart_upload(asked).await
    }

    async fn upload_part(
        &self,
        asked: S3Request<dto::UploadPartInput>,
    ) -> S3Result<S3Response<dto::UploadPartOutput>> {
        self.files.upload_part(asked).await
    }

    async fn complete_multipart_upload(
        &self,
        asked: S3Request<dto::CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::CompleteMultipartUploadOutput>> {
        self.files.complete_multipart_upload(asked).await
    }

    async fn abort_multipart_upload(
        &self,
        asked: S3Request<dto::AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<dto::AbortMultipartUploadOutput>> {
        self.files.abort_multipart_upload(asked).await
    }
}

fn request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: Method::GET,
        uri: Uri::default(),
        headers: hyper::HeaderMap::new(),
        extensions: hyper::http::Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}
