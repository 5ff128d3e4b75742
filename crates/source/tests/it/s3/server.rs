//! An S3 server over HTTP, with signatures, in this process: s3s-fs, and what it lacks.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cusip_source::{FileKey, S3Bucket, S3Options};
use hyper::{Method, Uri, server::conn::http1};
use hyper_util::rt::TokioIo;
use s3s::{
    S3, S3Request, S3Response, S3Result,
    auth::SimpleAuth,
    dto::{
        ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, ListObjectsV2Input,
        ListObjectsV2Output, PutObjectInput, StreamingBlob,
    },
    s3_error,
    service::S3ServiceBuilder,
};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(super) const BUCKET: &str = "cusip-pif-files-shared";
pub(super) const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub(super) const SECRET_KEY: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

/// A server with one empty bucket, and a profile that may use it.
pub(super) struct Server {
    folder: TempDir,
    objects: Objects,
    pub(super) endpoint: String,
}

impl Server {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("buckets").join(BUCKET)).unwrap();
        let files = FileSystem::new(folder.path().join("buckets")).unwrap();
        let objects = Objects {
            files: Arc::new(files),
            versioned: Arc::default(),
        };
        let mut service = S3ServiceBuilder::new(objects.clone());
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
                tokio::spawn(connection);
            }
        });
        let server = Self {
            folder,
            objects,
            endpoint,
        };
        server.write_profile(&format!(
            "aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        ));
        server
    }

    /// Lets the server name a version with each object that it gives out.
    pub(super) fn keep_versions(&self) {
        self.objects.versioned.store(true, Ordering::Relaxed);
    }

    /// What programs would be set to, but for waiting times: tests wait for the real thing alone.
    pub(super) fn options(&self) -> S3Options {
        S3Options::new(BUCKET)
            .with_endpoint(&self.endpoint)
            .with_region("us-east-1")
            .with_profile("cusip-test")
            .with_profile_file(self.folder.path().join("config"))
            .with_retry_delay(Duration::from_millis(1))
    }

    pub(super) async fn bucket(&self, prefix: &str) -> S3Bucket {
        S3Bucket::new(self.options().with_prefix(prefix))
            .await
            .unwrap()
    }

    /// Says what is in the profile that the options name.
    pub(super) fn write_profile(&self, settings: &str) {
        let profile = format!("[profile cusip-test]\n{settings}");
        fs::write(self.folder.path().join("config"), profile).unwrap();
    }

    pub(super) async fn put(&self, key: &str, content: &[u8]) {
        let input = PutObjectInput {
            body: Some(StreamingBlob::from(s3s::Body::from(content.to_vec()))),
            bucket: BUCKET.to_owned(),
            key: key.to_owned(),
            ..Default::default()
        };
        self.objects.files.put_object(request(input)).await.unwrap();
    }

    pub(super) fn remove(&self, key: &str) {
        let bucket = self.folder.path().join("buckets").join(BUCKET);
        fs::remove_file(bucket.join(key)).unwrap();
    }
}

pub(super) fn key(key: &str) -> FileKey {
    FileKey::new(key).unwrap()
}

/// Bytes that differ from one place to every other.
pub(super) fn content(length: usize) -> Vec<u8> {
    (0_u64..)
        .flat_map(|word| word.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())
        .take(length)
        .collect()
}

/// The objects of s3s-fs, with conditions, versions, and entity tags in listings.
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
