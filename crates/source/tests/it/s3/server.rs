//! The S3 server for these tests.

use std::{fs, time::Duration};

use cusip_source::{FileKey, S3Bucket, S3Options};
use cusip_test_support::{Proxy, S3Server};
use tempfile::TempDir;

pub(super) const BUCKET: &str = S3Server::BUCKET;
pub(super) const ACCESS_KEY: &str = S3Server::ACCESS_KEY;
pub(super) const SECRET_KEY: &str = S3Server::SECRET_KEY;

/// A server with one empty bucket, and a profile with access to it.
pub(super) struct Server {
    server: S3Server,
    home: TempDir,
}

impl Server {
    pub(super) fn start() -> Self {
        let server = Self {
            server: S3Server::start(),
            home: tempfile::tempdir().unwrap(),
        };
        server.write_profile(&format!(
            "aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        ));
        server
    }

    /// Returns options like those of a program, but with a short delay between tries.
    pub(super) fn options(&self) -> S3Options {
        S3Options::new(BUCKET)
            .with_endpoint(self.server.endpoint())
            .with_region("us-east-1")
            .with_profile("cusip-test")
            .with_profile_file(self.home.path().join("config"))
            .with_retry_delay(Duration::from_millis(1))
    }

    /// Returns the same options for a proxy.
    pub(super) fn options_by(&self, proxy: &Proxy) -> S3Options {
        self.options().with_endpoint(proxy.endpoint())
    }

    pub(super) async fn bucket(&self, prefix: &str) -> S3Bucket {
        S3Bucket::new(self.options().with_prefix(prefix))
            .await
            .unwrap()
    }

    /// Writes the profile that the options name.
    pub(super) fn write_profile(&self, settings: &str) {
        let profile = format!("[profile cusip-test]\n{settings}");
        fs::write(self.home.path().join("config"), profile).unwrap();
    }
}

impl std::ops::Deref for Server {
    type Target = S3Server;

    fn deref(&self) -> &S3Server {
        &self.server
    }
}

pub(super) fn key(key: &str) -> FileKey {
    FileKey::new(key).unwrap()
}

/// Returns bytes that never repeat.
pub(super) fn content(length: usize) -> Vec<u8> {
    (0_u64..)
        .flat_map(|word| word.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes())
        .take(length)
        .collect()
}
