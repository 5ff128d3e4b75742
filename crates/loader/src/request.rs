//! What a load should do.

use std::sync::Arc;

use cusip_jobs::{Job, JobKind, NewJob, Requester};
use cusip_pif::{Date, FileKind};
use cusip_source::FileSource;
use serde_json::{Map, Value, json};

use crate::day::DayFiles;
use crate::error::Error;
use crate::input::Input;
use crate::options::LoadOptions;

/// What to load, how, and who requested it.
#[derive(Debug)]
pub struct LoadRequest {
    files: Files,
    today: Date,
    options: LoadOptions,
    requester: Requester,
}

#[derive(Debug)]
enum Files {
    Day(Date, Option<FileKind>, Arc<dyn FileSource>),
    Named(Vec<Input>),
}

impl LoadRequest {
    /// Requests files by name, at most one of each kind, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::SameKind`] if two files are of the same kind.
    pub fn files(
        mut inputs: Vec<Input>,
        today: Date,
        options: LoadOptions,
        requester: Requester,
    ) -> Result<Self, Error> {
        inputs.sort_by_key(Input::kind);
        for pair in inputs.windows(2) {
            if pair[0].kind() == pair[1].kind() {
                return Err(Error::SameKind {
                    kind: pair[0].kind(),
                    first: pair[0].location().to_owned(),
                    second: pair[1].location().to_owned(),
                });
            }
        }
        Ok(Self {
            files: Files::Named(inputs),
            today,
            options,
            requester,
        })
    }

    /// Requests the files of a day: all three, or only one kind. The day must not be later than tomorrow.
    #[must_use]
    pub fn day(
        date: Date,
        today: Date,
        kind: Option<FileKind>,
        source: Arc<dyn FileSource>,
        options: LoadOptions,
        requester: Requester,
    ) -> Self {
        Self {
            files: Files::Day(date, kind, source),
            today,
            options,
            requester,
        }
    }

    /// Returns whether a job has the same request: the same day and kinds, from the same place, with
    /// the same options. Requests for files named one by one are never the same.
    #[must_use]
    pub fn is_same_as(&self, job: &Job) -> bool {
        let new = self.job();
        new.kind != JobKind::LoadFiles
            && new.kind == job.kind
            && new.date == job.date
            && new.options == job.options
    }

    pub(crate) const fn options(&self) -> &LoadOptions {
        &self.options
    }

    /// Returns the day; `None` for files that are named one by one.
    pub(crate) const fn date(&self) -> Option<Date> {
        match self.files {
            Files::Day(date, ..) => Some(date),
            Files::Named(_) => None,
        }
    }

    pub(crate) const fn today(&self) -> Date {
        self.today
    }

    /// Returns the job as the job log stores it.
    pub(crate) fn job(&self) -> NewJob {
        NewJob {
            kind: match self.files {
                Files::Day(_, None, _) => JobKind::LoadAll,
                Files::Day(_, Some(kind), _) => kind.into(),
                Files::Named(_) => JobKind::LoadFiles,
            },
            date: self.date(),
            requester: self.requester.clone(),
            options: self.logged_options(),
        }
    }

    /// Finds the files, in loading order: issuers, issues, attributes. Files that were named one by one
    /// are open afterwards.
    pub(crate) async fn find_files(self) -> Result<Vec<Input>, Error> {
        match self.files {
            Files::Day(date, kind, source) => {
                let day = DayFiles::find(source, date).await?;
                let day = match kind {
                    Some(kind) => day.only(kind),
                    None => day,
                };
                if self.options.allow_partial {
                    day.some()
                } else {
                    day.complete()
                }
            }
            Files::Named(mut inputs) => {
                for input in &mut inputs {
                    input.open_early().await?;
                }
                Ok(inputs)
            }
        }
    }

    fn logged_options(&self) -> Map<String, Value> {
        let options = &self.options;
        let check_digits = format!("{:?}", options.check_digits).to_lowercase();
        let mut logged = vec![
            ("max_rejects", json!(options.max_rejects.to_string())),
            ("check_digits", json!(check_digits)),
            (
                "allow_missing_trailer",
                json!(options.allow_missing_trailer),
            ),
            ("dry_run", json!(options.dry_run)),
        ];
        if let Files::Day(_, _, source) = &self.files {
            logged.extend([
                ("place", json!(source.to_string())),
                ("allow_partial", json!(options.allow_partial)),
                ("allow_older", json!(options.allow_older)),
                ("max_age_days", json!(options.max_age_days)),
                ("force", json!(options.force)),
            ]);
        }
        let named = logged
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        named.collect()
    }
}
