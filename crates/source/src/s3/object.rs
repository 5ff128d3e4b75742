//! Reads one version of an object, range by range.

use std::{ops::Range, sync::Arc, time::Duration};

use aws_sdk_s3::{operation::get_object::GetObjectOutput, primitives::ByteStream};
use tokio::time;
use tracing::warn;

use super::{
    blocks::Blocks,
    connection::Connection,
    content_range::ContentRange,
    error::{self, RequestError},
    listing::{quoted, similar_names, whole_seconds},
    request::Request,
};
use crate::{Chunk, Error, FileKey, FileMeta, OpenOptions};

const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(10);

/// One version of an object. Each request demands this version by its entity tag.
///
/// Requests do not name the version id, because that needs the permission s3:GetObjectVersion, which
/// readers of a bucket shared by several accounts do not have.
pub(super) struct Object {
    connection: Arc<Connection>,
    key: String,
    pub(super) meta: FileMeta,
    pub(super) size: u64,
}

/// The part of the content in the first response.
pub(super) struct FirstPart {
    pub(super) range: Range<u64>,
    pub(super) body: ByteStream,
}

impl Object {
    /// Requests the first part. Its response describes the whole object.
    pub(super) async fn open(
        connection: Arc<Connection>,
        prefix: &str,
        key: &FileKey,
        options: &OpenOptions,
    ) -> Result<(Self, FirstPart), Error> {
        let whole_key = format!("{prefix}{key}");
        let location = format!("{}/{whole_key}", connection.target.location);
        let request = Request::opening(&location, &whole_key);
        let condition = options
            .if_match
            .as_ref()
            .and_then(|meta| meta.e_tag.clone());
        let part_bytes = connection.options.part_bytes as u64;
        let first = Some(0..part_bytes);
        let response = match get(&connection, request, first, condition.as_deref()).await {
            // S3 rejects a range if the object is empty.
            Err(failed) if failed.status == Some(416) => {
                get(&connection, request, None, condition.as_deref()).await
            }
            response => response,
        };
        let response = match response.map_err(Error::from) {
            Err(Error::ObjectNotFound { location, .. }) => {
                let similar = similar_names(&connection, &whole_key).await;
                return Err(Error::ObjectNotFound { location, similar });
            }
            response => response?,
        };
        let size = match (response.content_range(), response.content_length()) {
            (Some(range), _) => ContentRange::parse(range).map(|range| range.size),
            (None, length) => length.and_then(|length| u64::try_from(length).ok()),
        };
        let Some(size) = size else {
            let cause = "the server did not send the object's size".to_owned();
            return Err(error::other(request, cause));
        };
        let mut meta = FileMeta::new(key.clone(), location).with_size(size);
        meta.e_tag = response.e_tag().map(quoted);
        meta.last_modified = response.last_modified().and_then(whole_seconds);
        // Without versioning, some servers send "null".
        meta.version_id = response
            .version_id()
            .filter(|version| *version != "null")
            .map(str::to_owned);
        options.check(&meta)?;
        let object = Self {
            connection,
            key: whole_key,
            meta,
            size,
        };
        let range = 0..part_bytes.min(size);
        object.check(&range, &response)?;
        let body = response.body;
        Ok((object, FirstPart { range, body }))
    }

    pub(super) fn parts_ahead(&self) -> usize {
        self.connection.options.parts_ahead
    }

    /// Returns the range of the part that begins at `start`.
    pub(super) fn part_from(&self, start: u64) -> Range<u64> {
        let part_bytes = self.connection.options.part_bytes as u64;
        start..start.saturating_add(part_bytes).min(self.size)
    }

    /// Reads a range into memory, and resumes it whenever it breaks off.
    ///
    /// `body` is the body of a response that has already arrived.
    pub(super) async fn read(
        &self,
        range: Range<u64>,
        mut body: Option<ByteStream>,
    ) -> Result<Vec<Chunk>, Error> {
        let options = &self.connection.options;
        let mut blocks = Blocks::new(range.clone());
        let mut tries = 0;
        loop {
            let start = blocks.next();
            let cause = match self.read_on(&mut blocks, body.take()).await {
                Ok(()) => return Ok(blocks.finish()),
                Err(Interruption::Final(error)) => return Err(error),
                Err(Interruption::Temporary(cause)) => cause,
            };
            tries = if blocks.next() > start { 0 } else { tries + 1 };
            if tries >= options.tries {
                let cause = format!(
                    "stopped at byte {} of {}, and {tries} retries received no more data; the last one failed: {cause}",
                    blocks.next(),
                    self.size,
                );
                return Err(error::unavailable(self.request(), cause));
            }
            let delay = retry_delay(options.retry_delay, tries);
            warn!(
                file = %self.meta.location,
                offset = blocks.next(),
                tries,
                %cause,
                "the read broke off; resuming"
            );
            time::sleep(delay).await;
        }
    }

    async fn read_on(
        &self,
        blocks: &mut Blocks,
        body: Option<ByteStream>,
    ) -> Result<(), Interruption> {
        let mut body = match body {
            Some(body) => body,
            None => self.request_range(blocks.next()..blocks.end()).await?,
        };
        let stall_timeout = self.connection.options.stall_timeout;
        while blocks.missing() > 0 {
            match time::timeout(stall_timeout, body.next()).await {
                Ok(Some(Ok(bytes))) => blocks.push(&bytes),
                Ok(Some(Err(failure))) => {
                    return Err(Interruption::Temporary(error::chain_below(&failure, 1)));
                }
                Ok(None) => {
                    let cause = format!("the response ended {} bytes early", blocks.missing());
                    return Err(Interruption::Temporary(cause));
                }
                Err(_) => {
                    let cause = format!("the server sent nothing for {stall_timeout:?}");
                    return Err(Interruption::Temporary(cause));
                }
            }
        }
        Ok(())
    }

    async fn request_range(&self, range: Range<u64>) -> Result<ByteStream, Interruption> {
        let e_tag = self.meta.e_tag.as_deref();
        let response = get(&self.connection, self.request(), Some(range.clone()), e_tag).await;
        let response = response.map_err(|failed| match failed.error {
            Error::ObjectNotFound { .. } => {
                Interruption::Final(self.changed("it was removed during the read"))
            }
            Error::Changed { .. } => {
                Interruption::Final(self.changed("it was replaced during the read"))
            }
            Error::Unavailable { source, .. } | Error::Unreached { source, .. } => {
                Interruption::Temporary(source.to_string())
            }
            error => Interruption::Final(error),
        })?;
        self.check(&range, &response).map_err(Interruption::Final)?;
        Ok(response.body)
    }

    /// Checks that a response has the requested range of this version.
    fn check(&self, range: &Range<u64>, response: &GetObjectOutput) -> Result<(), Error> {
        let e_tag = response.e_tag().map(quoted);
        let last_modified = response.last_modified().and_then(whole_seconds);
        // A replacement with the same content has the same tag. The time counts only without a tag.
        if e_tag != self.meta.e_tag || (e_tag.is_none() && last_modified != self.meta.last_modified)
        {
            return Err(self.changed("it was replaced during the read"));
        }
        // A response without a range is the whole object, which can only serve as the first part.
        let received = match response.content_range() {
            Some(range) => ContentRange::parse(range),
            None => response
                .content_length()
                .and_then(|length| u64::try_from(length).ok())
                .map(|size| ContentRange {
                    range: 0..range.end.min(size),
                    size,
                }),
        };
        let Some(received) = received else {
            return Err(self.not_the_range(range, response));
        };
        if received.size != self.size {
            let change = format!(
                "its size was {} bytes and is now {}",
                self.size, received.size
            );
            return Err(self.changed(&change));
        }
        let announced = response
            .content_length()
            .and_then(|length| u64::try_from(length).ok());
        let is_whole_part = response.content_range().is_none()
            || announced.is_none_or(|length| length == range.end - range.start);
        if received.range != *range || !is_whole_part {
            return Err(self.not_the_range(range, response));
        }
        Ok(())
    }

    pub(super) fn request(&self) -> Request<'_> {
        Request::reading(&self.meta.location, &self.key)
    }

    fn changed(&self, change: &str) -> Error {
        Error::Changed {
            location: self.meta.location.clone(),
            change: change.to_owned(),
        }
    }

    fn not_the_range(&self, range: &Range<u64>, response: &GetObjectOutput) -> Error {
        let cause = format!(
            "requested bytes {} to {}, but the server sent {}",
            range.start,
            range.end,
            response.content_range().unwrap_or("the whole object"),
        );
        error::other(self.request(), cause)
    }
}

/// Why a response was not read to its end.
enum Interruption {
    /// Another request may get the rest.
    Temporary(String),
    Final(Error),
}

async fn get(
    connection: &Connection,
    request: Request<'_>,
    range: Option<Range<u64>>,
    e_tag: Option<&str>,
) -> Result<GetObjectOutput, RequestError> {
    let range = range.map(|range| format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
    connection
        .send(request, |client| {
            client
                .get_object()
                .bucket(&connection.options.bucket)
                .set_key(request.key.map(str::to_owned))
                .set_range(range.clone())
                .set_if_match(e_tag.map(str::to_owned))
                .send()
        })
        .await
}

/// Returns a delay that doubles with each try, shortened at random by up to half.
fn retry_delay(first: Duration, tries: u32) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    let delay = first
        .saturating_mul(1 << doublings)
        .min(LONGEST_RETRY_DELAY);
    delay.mul_f64(0.5 + fastrand::f64() / 2.0)
}
