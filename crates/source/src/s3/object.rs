//! One version of an object, read range by range.

use std::{ops::Range, sync::Arc, time::Duration};

use aws_sdk_s3::{operation::get_object::GetObjectOutput, primitives::ByteStream};
use tokio::time;
use tracing::warn;

use super::{
    blocks::Blocks,
    connection::{Connection, Request},
    content_range::ContentRange,
    listing::{names_like, quoted, whole_seconds},
    refusal::{self, Refusal},
};
use crate::{Chunk, Error, FileKey, FileMeta, OpenOptions};

const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(10);

/// A version of an object, of which each range is read on condition that it is still this one.
///
/// By its entity tag alone: naming the version in the request needs the permission
/// s3:GetObjectVersion, which readers of one bucket among several accounts do not have.
pub(super) struct Object {
    connection: Arc<Connection>,
    key: String,
    pub(super) meta: FileMeta,
    pub(super) size: u64,
}

/// What the first answer has of the content.
pub(super) struct FirstPart {
    pub(super) range: Range<u64>,
    pub(super) body: ByteStream,
}

impl Object {
    /// Asks for the first part, whose answer describes the whole object.
    pub(super) async fn open(
        connection: Arc<Connection>,
        prefix: &str,
        key: &FileKey,
        options: &OpenOptions,
    ) -> Result<(Self, FirstPart), Error> {
        let whole_key = format!("{prefix}{key}");
        let location = format!("{}/{whole_key}", connection.bucket_location);
        let request = Request::object("opening", &location, &whole_key);
        let condition = options
            .if_match
            .as_ref()
            .and_then(|meta| meta.e_tag.clone());
        let part_bytes = connection.options.part_bytes as u64;
        let first = Some(0..part_bytes);
        let answer = match get(&connection, request, first, condition.as_deref()).await {
            // Of an empty object, there is no first byte to ask for.
            Err(refusal) if refusal.status == Some(416) => {
                get(&connection, request, None, condition.as_deref()).await
            }
            answer => answer,
        };
        let answer = match answer.map_err(Error::from) {
            Err(Error::ObjectNotFound { location, .. }) => {
                let instead = names_like(&connection, &whole_key).await;
                return Err(Error::ObjectNotFound { location, instead });
            }
            answer => answer?,
        };
        let size = match (answer.content_range(), answer.content_length()) {
            (Some(range), _) => ContentRange::parse(range).map(|range| range.size),
            (None, length) => length.and_then(|length| u64::try_from(length).ok()),
        };
        let Some(size) = size else {
            let cause = "the server does not say how large it is".to_owned();
            return Err(refusal::other(request, cause));
        };
        let mut meta = FileMeta::new(key.clone(), location).with_size(size);
        meta.e_tag = answer.e_tag().map(quoted);
        meta.last_modified = answer.last_modified().and_then(whole_seconds);
        // A bucket that keeps no versions may say so in place of one.
        meta.version_id = answer
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
        object.check(&range, &answer)?;
        let body = answer.body;
        Ok((object, FirstPart { range, body }))
    }

    pub(super) fn parts_ahead(&self) -> usize {
        self.connection.options.parts_ahead
    }

    /// The range of the part that starts there.
    pub(super) fn part_from(&self, start: u64) -> Range<u64> {
        let part_bytes = self.connection.options.part_bytes as u64;
        start..start.saturating_add(part_bytes).min(self.size)
    }

    /// Reads a range into memory, as often as it breaks off and comes on again.
    ///
    /// `body` is an answer to it that is there already.
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
            let broken = match self.read_on(&mut blocks, body.take()).await {
                Ok(()) => return Ok(blocks.finish()),
                Err(Break::ForGood(error)) => return Err(error),
                Err(Break::ForNow(cause)) => cause,
            };
            tries = if blocks.next() > start { 0 } else { tries + 1 };
            if tries >= options.tries {
                let cause = format!(
                    "no byte after the first {} of {} came in {tries} tries, at last because {broken}",
                    blocks.next(),
                    self.size,
                );
                return Err(refusal::unavailable(self.request(), cause));
            }
            let delay = retry_delay(options.retry_delay, tries);
            warn!(
                file = %self.meta.location,
                offset = blocks.next(),
                tries,
                cause = %broken,
                "reading broke off and is resumed"
            );
            time::sleep(delay).await;
        }
    }

    async fn read_on(&self, blocks: &mut Blocks, body: Option<ByteStream>) -> Result<(), Break> {
        let mut body = match body {
            Some(body) => body,
            None => self.ask(blocks.next()..blocks.end()).await?,
        };
        let stall_timeout = self.connection.options.stall_timeout;
        while blocks.missing() > 0 {
            match time::timeout(stall_timeout, body.next()).await {
                Ok(Some(Ok(bytes))) => blocks.push(&bytes),
                Ok(Some(Err(error))) => return Err(Break::ForNow(refusal::chain(&error, 1))),
                Ok(None) => {
                    let cause = format!("the answer ended {} bytes early", blocks.missing());
                    return Err(Break::ForNow(cause));
                }
                Err(_) => {
                    let cause = format!("the server sent nothing for {stall_timeout:?}");
                    return Err(Break::ForNow(cause));
                }
            }
        }
        Ok(())
    }

    async fn ask(&self, range: Range<u64>) -> Result<ByteStream, Break> {
        let e_tag = self.meta.e_tag.as_deref();
        let answer = get(&self.connection, self.request(), Some(range.clone()), e_tag).await;
        let answer = answer.map_err(|refusal| match refusal.error {
            Error::ObjectNotFound { .. } => {
                Break::ForGood(self.changed("it was removed while it was read"))
            }
            Error::Changed { .. } => {
                Break::ForGood(self.changed("it was replaced while it was read"))
            }
            Error::Unavailable { source, .. } | Error::Unreached { source, .. } => {
                Break::ForNow(source.to_string())
            }
            error => Break::ForGood(error),
        })?;
        self.check(&range, &answer).map_err(Break::ForGood)?;
        Ok(answer.body)
    }

    /// Whether an answer is the range that was asked for, of this version.
    fn check(&self, range: &Range<u64>, answer: &GetObjectOutput) -> Result<(), Error> {
        let e_tag = answer.e_tag().map(quoted);
        let last_modified = answer.last_modified().and_then(whole_seconds);
        // The same content put there again is no change, unless there is but the time to tell by.
        if e_tag != self.meta.e_tag || (e_tag.is_none() && last_modified != self.meta.last_modified)
        {
            return Err(self.changed("it was replaced while it was read"));
        }
        // Without a range, it is the whole object: of use as its own first part, and no other's.
        let answered = match answer.content_range() {
            Some(range) => ContentRange::parse(range),
            None => answer
                .content_length()
                .and_then(|length| u64::try_from(length).ok())
                .map(|size| ContentRange {
                    range: 0..range.end.min(size),
                    size,
                }),
        };
        let Some(answered) = answered else {
            return Err(self.not_the_range(range, answer));
        };
        if answered.size != self.size {
            let change = format!("its size was {} bytes and is {}", self.size, answered.size);
            return Err(self.changed(&change));
        }
        let announced = answer
            .content_length()
            .and_then(|length| u64::try_from(length).ok());
        let is_whole_part = answer.content_range().is_none()
            || announced.is_none_or(|length| length == range.end - range.start);
        if answered.range != *range || !is_whole_part {
            return Err(self.not_the_range(range, answer));
        }
        Ok(())
    }

    pub(super) fn request(&self) -> Request<'_> {
        Request::object("reading", &self.meta.location, &self.key)
    }

    fn changed(&self, change: &str) -> Error {
        Error::Changed {
            location: self.meta.location.clone(),
            change: change.to_owned(),
        }
    }

    fn not_the_range(&self, range: &Range<u64>, answer: &GetObjectOutput) -> Error {
        let cause = format!(
            "asked for bytes {} to {}, the server sent {}",
            range.start,
            range.end,
            answer.content_range().unwrap_or("the whole object"),
        );
        refusal::other(self.request(), cause)
    }
}

/// Why an answer was not read to its end.
enum Break {
    ForNow(String),
    ForGood(Error),
}

async fn get(
    connection: &Connection,
    request: Request<'_>,
    range: Option<Range<u64>>,
    e_tag: Option<&str>,
) -> Result<GetObjectOutput, Refusal> {
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

/// Doubled with each try, and up to a half shorter at random.
fn retry_delay(first: Duration, tries: u32) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    let delay = first
        .saturating_mul(1 << doublings)
        .min(LONGEST_RETRY_DELAY);
    delay.mul_f64(0.5 + fastrand::f64() / 2.0)
}
