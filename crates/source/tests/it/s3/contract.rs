//! The contract of all sources, checked for buckets.

use cusip_source::{
    FileSource, S3Bucket, S3Options, SourceFuture,
    conformance::{self, ConformanceStore},
};

use super::server::Server;

struct Folder {
    server: Server,
    prefix: &'static str,
    bucket: S3Bucket,
}

impl Folder {
    async fn new(prefix: &'static str, choose: impl FnOnce(S3Options) -> S3Options) -> Self {
        let server = Server::start();
        let options = choose(server.options().with_prefix(prefix));
        let bucket = S3Bucket::new(options).await.unwrap();
        Self {
            server,
            prefix,
            bucket,
        }
    }
}

impl ConformanceStore for Folder {
    fn source(&self) -> &dyn FileSource {
        &self.bucket
    }

    fn put<'a>(&'a self, name: &'a str, content: &'a [u8]) -> SourceFuture<'a, ()> {
        Box::pin(async move {
            self.server.put(&format!("{}{name}", self.prefix), content);
        })
    }
}

#[tokio::test]
async fn folder_of_a_bucket_keeps_the_contract() {
    conformance::run_all(&Folder::new("PIF files/100%+ü/", |options| options).await).await;
}

#[tokio::test]
async fn folder_keeps_the_contract_when_read_in_many_parts() {
    let small_parts = |options: S3Options| options.with_part_bytes(100_000).with_parts_ahead(3);
    conformance::run_all(&Folder::new("pif/", small_parts).await).await;
}

#[tokio::test]
async fn bucket_with_versions_keeps_the_contract() {
    let folder = Folder::new("", |options| options).await;
    folder.server.keep_versions();
    conformance::run_all(&folder).await;
}
