//! Whether the files can be listed and read, and which there are for the day.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use cusip_config::FileSettings;
use cusip_loader::{DayFiles, LoadOptions, is_compressed};
use cusip_pif::PifFileName;
use cusip_source::{Error, FileMeta, FileSource, FileSourceExt as _};

use super::Day;
use super::report::{Finding, Report, limited};
use crate::exit::ExitStatus;
use crate::objects;
use crate::output::number;

const BUCKET: &str = "bucket";
const FOLDER: &str = "folder";
const SECTION: &str = "files";

/// What all names of PIF files begin with.
const NAMES: &str = "CED";

/// What was found where the files are.
#[derive(Debug)]
pub(super) struct Files {
    /// The day's, if the place could be listed.
    pub(super) day: Option<DayFiles>,
    /// Whether the place does not accept the credentials.
    pub(super) are_credentials_refused: bool,
    findings: Vec<(&'static str, &'static str, Finding)>,
}

/// Lists the place, reads one file, and looks for the day's. Without a source everything is skipped.
pub(super) async fn look(
    settings: &FileSettings,
    source: Option<Arc<dyn FileSource>>,
    day: Day,
    options: &LoadOptions,
) -> Files {
    let place = match settings {
        FileSettings::Bucket(_) => BUCKET,
        FileSettings::Folder(_) => FOLDER,
    };
    let mut files = Files {
        day: None,
        are_credentials_refused: false,
        findings: Vec::new(),
    };
    match source {
        Some(source) => match files.list(place, &*source).await {
            Some(listed) => {
                files
                    .look_for_day(place, &listed, source, day, options)
                    .await
            }
            None => files.skip(&[(place, "read"), (SECTION, "day")], "the listing failed"),
        },
        None => files.skip(
            &[(place, "list"), (place, "read"), (SECTION, "day")],
            "what comes before it failed",
        ),
    }
    files
}

/// Opens objects that are named by their whole keys, as far as they can be asked for.
pub(super) async fn look_at_objects(
    settings: &FileSettings,
    can_be_asked: bool,
    keys: &[String],
) -> Files {
    let mut files = Files {
        day: None,
        are_credentials_refused: false,
        findings: Vec::new(),
    };
    for key in keys {
        let finding = if can_be_asked {
            let mut refused = false;
            let opening = async {
                let opened = objects::object(settings, key).await;
                let error = opened.as_ref().err();
                let error = error.and_then(|error| error.downcast_ref());
                refused = matches!(error, Some(Error::Credentials { .. }));
                opened
            };
            let opened = limited(ExitStatus::Failed, opening).await;
            files.are_credentials_refused |= refused;
            match opened {
                Ok(meta) => match meta.size {
                    Some(size) => Finding::ok(format!("{}, {} bytes", meta.location, number(size))),
                    None => Finding::ok(meta.location),
                },
                Err(finding) => finding,
            }
        } else {
            Finding::skipped("what comes before it failed")
        };
        files.findings.push((SECTION, "object", finding));
    }
    files
}

impl Files {
    pub(super) fn report(&mut self, report: &mut Report<'_>) {
        for (section, check, finding) in self.findings.drain(..) {
            report.add(section, check, finding);
        }
    }

    /// Returns what there is of PIF files, if that can be told.
    async fn list(
        &mut self,
        place: &'static str,
        source: &dyn FileSource,
    ) -> Option<Vec<FileMeta>> {
        let mut refused = false;
        let listing = async {
            let listed = source.list_named(NAMES).await;
            refused = matches!(listed, Err(Error::Credentials { .. }));
            listed
        };
        let listed = limited(ExitStatus::Failed, listing).await;
        self.are_credentials_refused = refused;
        let (listed, finding) = match listed {
            Ok(mut listed) => {
                listed.retain(|meta| meta.name().parse::<PifFileName>().is_ok());
                let finding = listing_finding(source, place, listed.len());
                (Some(listed), finding)
            }
            Err(finding) => (None, finding.or_advice("check that this user may list it")),
        };
        self.findings.push((place, "list", finding));
        listed
    }

    async fn look_for_day(
        &mut self,
        place: &'static str,
        listed: &[FileMeta],
        source: Arc<dyn FileSource>,
        day: Day,
        options: &LoadOptions,
    ) {
        let finding = DayFiles::find(Arc::clone(&source), day.date);
        let found = limited(ExitStatus::Failed, finding).await;
        let of_day = found.iter().flat_map(|found| &found.found);
        let newest = of_day
            .map(|(_, meta)| meta)
            .max_by_key(|meta| meta.last_modified);
        let newest = newest.or_else(|| listed.iter().max_by_key(|meta| meta.last_modified));
        let read = match newest {
            Some(meta) => match read_beginning(&*source, meta).await {
                Ok(bytes) => Finding::ok(format!("{} bytes of {}", number(bytes), meta.location)),
                Err(finding) => finding,
            },
            None => Finding::skipped("there is no PIF file to try it on"),
        };
        self.findings.push((place, "read", read));
        match found {
            Ok(found) => {
                self.look_at_day(&found, &*source, day, options).await;
                self.day = Some(found);
            }
            Err(finding) => self.findings.push((SECTION, "day", finding)),
        }
    }

    async fn look_at_day(
        &mut self,
        found: &DayFiles,
        source: &dyn FileSource,
        day: Day,
        options: &LoadOptions,
    ) {
        let max_age_days = options.max_age_days;
        for (kind, meta) in &found.found {
            let finding = match read_beginning(source, meta).await {
                Err(unreadable) => unreadable,
                Ok(0) => day.judge(Finding::failed(
                    ExitStatus::Failed,
                    format!("{} is empty", meta.location),
                    "have it delivered again",
                )),
                Ok(_) => match found.check_age(meta, max_age_days) {
                    Ok(()) => Finding::ok(described(meta, day, max_age_days)),
                    Err(stale) => day.judge(Finding::of_error(&stale.into())),
                },
            };
            self.findings.push((SECTION, kind.wire_name(), finding));
        }
        if let Err(error) = found.clone().complete() {
            let finding = missing(error, day);
            let is_enough = options.allow_partial && !found.found.is_empty();
            let finding = match is_enough {
                true => finding.softened(),
                false => day.judge(finding),
            };
            self.findings.push((SECTION, "missing", finding));
        }
    }

    fn skip(&mut self, lines: &[(&'static str, &'static str)], why: &str) {
        let skipped = lines.iter();
        self.findings
            .extend(skipped.map(|&(section, check)| (section, check, Finding::skipped(why))));
    }
}

impl Day {
    /// Makes a failure a warning where nobody has named the day: its files may yet be to come.
    pub(super) fn judge(self, failure: Finding) -> Finding {
        if self.is_named {
            failure
        } else {
            failure.pending()
        }
    }
}

fn listing_finding(source: &dyn FileSource, place: &str, files: usize) -> Finding {
    match files {
        0 => Finding::failed(
            ExitStatus::NotFound,
            format!("no PIF file in {source}"),
            match place {
                BUCKET => {
                    "check --s3-bucket and --s3-prefix (CUSIP_S3_BUCKET, CUSIP_S3_PREFIX); names are CEDmm-ddR.PIP, …E.PIP and …A.PIP"
                }
                _ => {
                    "check --file-dir (CUSIP_FILE_DIR); names are CEDmm-ddR.PIP, …E.PIP and …A.PIP"
                }
            },
        ),
        1 => Finding::ok(format!("1 PIF file in {source}")),
        files => Finding::ok(format!("{files} PIF files in {source}")),
    }
}

/// Opens the version that was listed and returns how many bytes came at first.
async fn read_beginning(source: &dyn FileSource, meta: &FileMeta) -> Result<u64, Finding> {
    let reading = async {
        let mut file = source.open_listed(meta).await?;
        let chunk = file.body.next_chunk().await?;
        if chunk.as_ref().is_some_and(|chunk| is_compressed(chunk)) {
            let location = meta.location.clone();
            return Err(cusip_loader::Error::Compressed { location });
        }
        Ok::<_, cusip_loader::Error>(chunk.map_or(0, |chunk| chunk.len() as u64))
    };
    let read = limited(ExitStatus::Failed, reading).await;
    read.map_err(|finding| finding.or_advice("check that this user may read it"))
}

fn described(meta: &FileMeta, day: Day, max_age_days: u32) -> String {
    let mut text = meta.location.clone();
    if let Some(size) = meta.size {
        text.push_str(&format!(", {} bytes", number(size)));
    }
    if let Some(time) = meta.last_modified {
        let time: DateTime<Utc> = time.into();
        let changed = time.timestamp().div_euclid(86_400);
        let days = (changed - i64::from(day.date.days_since_unix_epoch())).unsigned_abs();
        let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
        text.push_str(&format!(
            ", last changed {time}, {days} days from the day (at most {max_age_days})"
        ));
    }
    text
}

fn missing(error: cusip_loader::Error, day: Day) -> Finding {
    let advice = if day.is_named {
        "have them delivered; `cusip load --allow-partial` loads those that are there"
    } else {
        "wait until they are delivered, or look for another day with --date"
    };
    match error {
        cusip_loader::Error::DayNotFound {
            missing, instead, ..
        } => Finding::failed(
            ExitStatus::NotFound,
            format!("not there for {}: {missing}; there is {instead}", day.date),
            advice,
        ),
        other => Finding::of_error(&other.into()),
    }
}
