//! Checks whether the files can be listed and read, and which files of the day exist.

use std::sync::Arc;

use chrono::{DateTime, Local, SecondsFormat, Utc};
use cusip_config::{FileSettings, today};
use cusip_loader::{DayFiles, ForeignFormat, LoadOptions, refuse_future};
use cusip_pif::{Date, FileKind, PifFileName};
use cusip_source::{Error, FileMeta, FileSource, FileSourceExt as _, ListOptions};

use super::Day;
use super::report::{EARLIER_FAILURE, Finding, Report, with_time_limit};
use crate::exit::ExitStatus;
use crate::objects;
use crate::output::number;

const BUCKET: &str = "bucket";
const FOLDER: &str = "folder";
const SECTION: &str = "files";

/// The prefix of all PIF file names.
const NAME_PREFIX: &str = "CED";

const MOST_FILES: usize = 1_000;

/// The results of checking the files.
#[derive(Debug)]
pub(super) struct Files {
    /// The files of the day, if they could be listed.
    pub(super) day: Option<DayFiles>,
    /// Whether the bucket refuses the credentials.
    pub(super) are_credentials_refused: bool,
    findings: Vec<(&'static str, &'static str, Finding)>,
}

/// Lists the bucket or folder, reads one file, and looks for the files of the day.
///
/// Skips everything if there is no source, because its settings are invalid.
pub(super) async fn check_day(
    settings: &FileSettings,
    source: Option<Arc<dyn FileSource>>,
    day: Day,
    options: &LoadOptions,
) -> Files {
    let section = match settings {
        FileSettings::Bucket(_) => BUCKET,
        FileSettings::Folder(_) => FOLDER,
    };
    let mut files = Files {
        day: None,
        are_credentials_refused: false,
        findings: Vec::new(),
    };
    match source {
        Some(source) => match files.list(section, &*source, day.date).await {
            Some(listed) => {
                files
                    .check_files_of_day(section, &listed, source, day, options)
                    .await
            }
            None => files.skip(&[(section, "read"), (SECTION, "day")], "the listing failed"),
        },
        None => files.skip(
            &[(section, "list"), (section, "read"), (SECTION, "day")],
            EARLIER_FAILURE,
        ),
    }
    files
}

/// Opens objects by their full keys. Skips them if the bucket cannot be used.
pub(super) async fn check_objects(
    settings: &FileSettings,
    is_bucket_usable: bool,
    keys: &[String],
) -> Files {
    let mut files = Files {
        day: None,
        are_credentials_refused: false,
        findings: Vec::new(),
    };
    for key in keys {
        let finding = if is_bucket_usable {
            let mut refused = false;
            let opening = async {
                let opened = objects::object(settings, key).await;
                let error = opened.as_ref().err();
                let error = error.and_then(|error| error.downcast_ref());
                refused = matches!(error, Some(Error::Credentials { .. }));
                opened
            };
            let opened = with_time_limit(ExitStatus::Failed, opening).await;
            files.are_credentials_refused |= refused;
            match opened {
                Ok(meta) => match meta.size {
                    Some(size) => Finding::ok(format!("{}, {} bytes", meta.location, number(size))),
                    None => Finding::ok(meta.location),
                },
                Err(finding) => finding,
            }
        } else {
            Finding::skipped(EARLIER_FAILURE)
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

    /// Returns the PIF files whose names are closest to those of the day, or `None` if they cannot be
    /// listed.
    async fn list(
        &mut self,
        section: &'static str,
        source: &dyn FileSource,
        date: Date,
    ) -> Option<Vec<FileMeta>> {
        let mut refused = false;
        let name = PifFileName::new(date, FileKind::Issuer).to_string();
        let listing = async {
            let options = ListOptions::new()
                .with_name_prefix(NAME_PREFIX)
                .with_closest(name, MOST_FILES);
            let listed = source.list(options).await;
            refused = matches!(listed, Err(Error::Credentials { .. }));
            listed
        };
        let listed = with_time_limit(ExitStatus::Failed, listing).await;
        self.are_credentials_refused = refused;
        let (listed, finding) = match listed {
            Ok(mut listed) => {
                listed.retain(|meta| meta.name().parse::<PifFileName>().is_ok());
                let finding = listing_finding(source, section, listed.len());
                (Some(listed), finding)
            }
            Err(finding) => (None, finding.or_advice("check that this user may list it")),
        };
        self.findings.push((section, "list", finding));
        listed
    }

    async fn check_files_of_day(
        &mut self,
        section: &'static str,
        listed: &[FileMeta],
        source: Arc<dyn FileSource>,
        day: Day,
        options: &LoadOptions,
    ) {
        let finding = DayFiles::find(Arc::clone(&source), day.date);
        let found = with_time_limit(ExitStatus::Failed, finding).await;
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
            None => Finding::skipped("there is no PIF file to read"),
        };
        self.findings.push((section, "read", read));
        match found {
            Ok(found) => {
                self.check_each_file(&found, &*source, day, options).await;
                self.day = Some(found);
            }
            Err(finding) => self.findings.push((SECTION, "day", finding)),
        }
    }

    async fn check_each_file(
        &mut self,
        found: &DayFiles,
        source: &dyn FileSource,
        day: Day,
        options: &LoadOptions,
    ) {
        if let Err(error) = refuse_future(found.date, today(&Local)) {
            let finding = Finding::of_error(&error.into());
            self.findings.push((SECTION, "day", finding));
        }
        let max_age_days = options.max_age_days;
        for (kind, meta) in &found.found {
            let finding = match read_beginning(source, meta).await {
                Err(unreadable) => unreadable,
                Ok(0) => day.pending_unless_named(Finding::failed(
                    ExitStatus::Failed,
                    format!("{} is empty", meta.location),
                    "ask for a new delivery",
                )),
                // Whether its age matters depends on earlier loads, and is checked with them.
                Ok(_) => Finding::ok(describe_file(meta, day, max_age_days)),
            };
            self.findings.push((SECTION, kind.wire_name(), finding));
        }
        if let Err(error) = found.clone().complete() {
            let finding = missing(error, day);
            let is_enough = options.allow_partial && !found.found.is_empty();
            let finding = match is_enough {
                true => finding.into_warning(),
                false => day.pending_unless_named(finding),
            };
            self.findings.push((SECTION, "missing", finding));
        }
    }

    fn skip(&mut self, checks: &[(&'static str, &'static str)], reason: &str) {
        let skipped = checks.iter();
        self.findings
            .extend(skipped.map(|&(section, check)| (section, check, Finding::skipped(reason))));
    }
}

impl Day {
    /// Turns a failure into a warning if the user named no day, because today's files may still come.
    pub(super) fn pending_unless_named(self, failure: Finding) -> Finding {
        if self.is_named {
            failure
        } else {
            failure.into_pending()
        }
    }
}

fn listing_finding(source: &dyn FileSource, section: &str, files: usize) -> Finding {
    match files {
        0 => Finding::failed(
            ExitStatus::NotFound,
            format!("no PIF file in {source}"),
            match section {
                BUCKET => {
                    "check --s3-bucket and --s3-prefix (CUSIP_S3_BUCKET, CUSIP_S3_PREFIX); names are CEDmm-ddR.PIP, …E.PIP and …A.PIP"
                }
                _ => {
                    "check --file-dir (CUSIP_FILE_DIR); names are CEDmm-ddR.PIP, …E.PIP and …A.PIP"
                }
            },
        ),
        1 => Finding::ok(format!("1 PIF file in {source}")),
        files if files < MOST_FILES => Finding::ok(format!("{files} PIF files in {source}")),
        files => Finding::ok(format!(
            "{} or more PIF files in {source}",
            number(files as u64)
        )),
    }
}

/// Opens the listed version of a file, and returns the length of its first chunk.
async fn read_beginning(source: &dyn FileSource, meta: &FileMeta) -> Result<u64, Finding> {
    let reading = async {
        let mut file = source.open_listed(meta).await?;
        let chunk = file.body.next_chunk().await?;
        if let Some(format) = chunk.as_ref().and_then(|chunk| ForeignFormat::of(chunk)) {
            let location = meta.location.clone();
            return Err(cusip_loader::Error::ForeignFormat { location, format });
        }
        Ok::<_, cusip_loader::Error>(chunk.map_or(0, |chunk| chunk.len() as u64))
    };
    let read = with_time_limit(ExitStatus::Failed, reading).await;
    read.map_err(|finding| finding.or_advice("check that this user may read it"))
}

fn describe_file(meta: &FileMeta, day: Day, max_age_days: u32) -> String {
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
        "ask for their delivery, or load the others with `cusip load --allow-partial`"
    } else {
        "wait until they are delivered, or check another day with --date"
    };
    match error {
        cusip_loader::Error::DayNotFound {
            missing, instead, ..
        } => Finding::failed(
            ExitStatus::NotFound,
            format!("missing for {}: {missing}; found {instead}", day.date),
            advice,
        ),
        other => Finding::of_error(&other.into()),
    }
}
