//! Finds the files of a day.

use std::cmp::Reverse;
use std::sync::Arc;

use cusip_pif::{Date, FileKind, PifFileName};
use cusip_postgres::LoadedFile;
use cusip_source::{FileMeta, FileSource, ListOptions};

use crate::age;
use crate::error::Error;
use crate::input::Input;
use crate::same_content::has_same_content;

const MOST_NAMES_SHOWN: usize = 10;

/// The files that a source has for a day.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DayFiles {
    /// The day.
    pub date: Date,
    /// The day's files, at most one of each kind, in loading order.
    pub found: Vec<(FileKind, FileMeta)>,
    /// If files are missing, the names of the files with the most similar names.
    pub others: Vec<String>,
    wanted: Vec<FileKind>,
    source: Arc<dyn FileSource>,
}

impl DayFiles {
    /// Looks for the day's files. Names match without regard to case. Memory does not grow with the
    /// number of files that the source has.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] if the source cannot be listed, [`Error::AmbiguousNames`] if two names of the
    /// day differ only in case.
    pub async fn find(source: Arc<dyn FileSource>, date: Date) -> Result<Self, Error> {
        let names = FileKind::ALL.map(|kind| PifFileName::new(date, kind).to_string());
        let listed = source.list(ListOptions::new().with_names(names)).await?;
        let mut found: Vec<(FileKind, FileMeta)> = Vec::new();
        for meta in listed {
            let Ok(name) = meta.name().parse::<PifFileName>() else {
                continue;
            };
            if let Some((_, other)) = found.iter().find(|(kind, _)| *kind == name.kind()) {
                return Err(Error::AmbiguousNames {
                    first: other.location.clone(),
                    second: meta.location,
                });
            }
            found.push((name.kind(), meta));
        }
        found.sort_by_key(|(kind, _)| *kind);
        let mut day = Self {
            date,
            found,
            others: Vec::new(),
            wanted: FileKind::ALL.to_vec(),
            source,
        };
        if day.missing().next().is_some() {
            day.others = day.find_others().await?;
        }
        Ok(day)
    }

    /// Returns the names that are closest to those of the day, the closest first.
    async fn find_others(&self) -> Result<Vec<String>, Error> {
        let name = PifFileName::new(self.date, FileKind::Issuer).to_string();
        let count = MOST_NAMES_SHOWN + 1 + self.found.len();
        let options = ListOptions::new().with_closest(&name, count);
        let mut others: Vec<_> = (self.source.list(options).await?.into_iter())
            .filter(|listed| self.found.iter().all(|(_, meta)| meta.key != listed.key))
            .map(|meta| meta.name().to_owned())
            .collect();
        let closeness = |other: &str| {
            let both = name.chars().zip(other.chars());
            both.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
        };
        others.sort_by_key(|other| Reverse((closeness(other), other.clone())));
        Ok(others)
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

    /// Returns whether one of the day's files has the content that was loaded before, so that a load
    /// skips it. Reads the whole file if only its content can tell.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] if the file cannot be read.
    pub async fn is_loaded(&self, file: &FileMeta, loaded: &LoadedFile) -> Result<bool, Error> {
        has_same_content(file, &*self.source, loaded).await
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
        let found = self.found.iter().map(|(_, meta)| meta.name());
        let day = day_in_names(self.date);
        Error::DayNotFound {
            date: self.date,
            location: self.source.to_string(),
            missing: missing.collect::<Vec<_>>().join(", "),
            instead: instead(found.chain(self.others.iter().map(String::as_str))),
            are_some_there: !self.found.is_empty(),
            are_names_close: self.others.iter().any(|name| starts_with(name, &day)),
        }
    }
}

/// Returns the start of the names of a day's files, such as `CED01-15`.
fn day_in_names(date: Date) -> String {
    format!("CED{:02}-{:02}", date.month(), date.day())
}

fn starts_with(name: &str, start: &str) -> bool {
    let found = name.as_bytes().get(..start.len());
    found.is_some_and(|found| found.eq_ignore_ascii_case(start.as_bytes()))
}

fn instead<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        return "no file at all".to_owned();
    }
    let mut text = names[..names.len().min(MOST_NAMES_SHOWN)].join(", ");
    if names.len() > MOST_NAMES_SHOWN {
        text.push_str(" and others");
    }
    text
}
