//! Finds the files of a day.

use std::fmt::Write as _;
use std::sync::Arc;

use cusip_pif::{Date, FileKind, PifFileName};
use cusip_source::{FileMeta, FileSource, FileSourceExt as _};

use crate::age;
use crate::error::Error;
use crate::input::Input;

const MOST_NAMES_SHOWN: usize = 10;

/// The files that a source has for a day.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DayFiles {
    /// The day.
    pub date: Date,
    /// The day's files, at most one of each kind, in loading order.
    pub found: Vec<(FileKind, FileMeta)>,
    /// The names of PIF files of other days that the source has.
    pub others: Vec<String>,
    wanted: Vec<FileKind>,
    source: Arc<dyn FileSource>,
}

impl DayFiles {
    /// Looks for the day's files. Names match without regard to case.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] if the source cannot be listed, [`Error::AmbiguousNames`] if two names of the
    /// day differ only in case.
    pub async fn find(source: Arc<dyn FileSource>, date: Date) -> Result<Self, Error> {
        let listed = source.list_named("CED").await?;
        let mut found: Vec<(FileKind, FileMeta)> = Vec::new();
        let mut others = Vec::new();
        for meta in listed {
            let Ok(name) = meta.name().parse::<PifFileName>() else {
                continue;
            };
            if (name.month(), name.day()) != (date.month(), date.day()) {
                others.push(meta.name().to_owned());
                continue;
            }
            if let Some((_, other)) = found.iter().find(|(kind, _)| *kind == name.kind()) {
                return Err(Error::AmbiguousNames {
                    first: other.location.clone(),
                    second: meta.location,
                });
            }
            found.push((name.kind(), meta));
        }
        found.sort_by_key(|(kind, _)| *kind);
        Ok(Self {
            date,
            found,
            others,
            wanted: FileKind::ALL.to_vec(),
            source,
        })
    }

    /// Keeps only the file of one kind.
    #[must_use]
    pub fn only(mut self, kind: FileKind) -> Self {
        self.found.retain(|(found, _)| *found == kind);
        self.wanted.retain(|wanted| *wanted == kind);
        self
    }

    /// Returns the wanted kinds for which the day has no file.
    pub fn missing(&self) -> impl Iterator<Item = FileKind> {
        (self.wanted.iter().copied())
            .filter(|kind| self.found.iter().all(|(found, _)| found != kind))
    }

    /// Checks the age of one of the day's files, the same way a load does. 0 allows any age.
    ///
    /// # Errors
    ///
    /// [`Error::StaleFile`] if it was modified more than `max_age_days` before or after the day.
    pub fn check_age(&self, file: &FileMeta, max_age_days: u32) -> Result<(), Error> {
        age::check_age(file, self.date, max_age_days)
    }

    /// Returns the day's files as a load's input, if all wanted files exist.
    ///
    /// # Errors
    ///
    /// [`Error::DayNotFound`] if a file is missing. It says which names were looked for, where, and
    /// which exist instead.
    pub fn complete(self) -> Result<Vec<Input>, Error> {
        if self.missing().next().is_some() {
            return Err(self.not_found());
        }
        self.some()
    }

    /// Returns the existing files of the day as a load's input.
    ///
    /// # Errors
    ///
    /// [`Error::DayNotFound`] if none exists.
    pub fn some(self) -> Result<Vec<Input>, Error> {
        if self.found.is_empty() {
            return Err(self.not_found());
        }
        let source = self.source;
        let input = |(kind, meta)| Input::listed(kind, meta, Arc::clone(&source));
        Ok(self.found.into_iter().map(input).collect())
    }

    fn not_found(&self) -> Error {
        let missing = self
            .missing()
            .map(|kind| PifFileName::new(self.date, kind).to_string());
        let found: Vec<_> = self
            .found
            .iter()
            .map(|(_, meta)| meta.name().to_owned())
            .collect();
        Error::DayNotFound {
            date: self.date,
            location: self.source.to_string(),
            missing: missing.collect::<Vec<_>>().join(", "),
            instead: instead(&found, &self.others),
            are_some_there: !found.is_empty(),
        }
    }
}

fn instead(found: &[String], others: &[String]) -> String {
    let names: Vec<_> = found
        .iter()
        .chain(others.iter().rev())
        .map(String::as_str)
        .collect();
    if names.is_empty() {
        return "no PIF file at all".to_owned();
    }
    let mut text = names[..names.len().min(MOST_NAMES_SHOWN)].join(", ");
    if names.len() > MOST_NAMES_SHOWN {
        let more = names.len() - MOST_NAMES_SHOWN;
        write!(text, " and {more} more").expect("a String takes every write");
    }
    text
}
