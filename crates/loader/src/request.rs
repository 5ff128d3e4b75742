//! What is asked of a load.

use std::sync::Arc;

use cusip_pif::{Date, FileKind};
use cusip_postgres::{Job, JobKind, NewJob};
use cusip_source::FileSource;
use serde_json::{Map, Value, json};

use crate::day::DayFiles;
use crate::error::Error;
use crate::input::Input;
use crate::options::{LoadOptions, Requester};

/// What is to be loaded.
#[derive(Debug)]
pub struct LoadRequest {
    pub(crate) files: Files,
    pub(crate) options: LoadOptions,
    pub(crate) requester: Requester,
}

/// The files of a request.
#[derive(Debug)]
pub(crate) enum Files {
    Day(Date, Option<FileKind>, Arc<dyn FileSource>),
    Named(Vec<Input>),
}

impl LoadRequest {
    /// Asks for files that were named one by one, at most one of each kind, in any order.
    #[must_use]
    pub const fn files(inputs: Vec<Input>, options: LoadOptions, requester: Requester) -> Self {
        Self {
            files: Files::Named(inputs),
            options,
            requester,
        }
    }

    /// Asks for the files of a day.
    #[must_use]
    pub fn day(
        date: Date,
        source: Arc<dyn FileSource>,
        options: LoadOptions,
        requester: Requester,
    ) -> Self {
        Self {
            files: Files::Day(date, None, source),
            options,
            requester,
        }
    }

    /// Asks for the day's file of one kind alone. Of files named one by one it is all of them.
    #[must_use]
    pub fn only(mut self, only: FileKind) -> Self {
        if let Files::Day(_, kind, _) = &mut self.files {
            *kind = Some(only);
        }
        self
    }

    /// Tells whether a run was asked for the same: the same day and kinds, from the same place, with
    /// the same options. Of files named one by one, none is ever known to be the same.
    #[must_use]
    pub fn is_same_as(&self, run: &Job) -> bool {
        let job = self.job();
        job.kind != JobKind::LoadFiles
            && job.kind.name() == run.kind
            && job.load_date == run.date
            && job.options == run.options
    }

    pub(crate) const fn date(&self) -> Option<Date> {
        match self.files {
            Files::Day(date, ..) => Some(date),
            Files::Named(_) => None,
        }
    }

    /// Returns the run's row in the ledger.
    pub(crate) fn job(&self) -> NewJob {
        NewJob {
            kind: match self.files {
                Files::Day(_, None, _) => JobKind::LoadAll,
                Files::Day(_, Some(kind), _) => JobKind::LoadKind(kind),
                Files::Named(_) => JobKind::LoadFiles,
            },
            load_date: self.date().map(|date| date.to_string()),
            started_by: self.requester.user.clone(),
            host: self.requester.host.clone(),
            program: self.requester.program,
            program_version: self.requester.version,
            options: self.recorded_options(),
        }
    }

    fn recorded_options(&self) -> Map<String, Value> {
        let options = &self.options;
        let check_digits = format!("{:?}", options.check_digits).to_lowercase();
        let mut recorded = vec![
            ("max_rejects", json!(options.max_rejects.to_string())),
            ("check_digits", json!(check_digits)),
            (
                "allow_missing_trailer",
                json!(options.allow_missing_trailer),
            ),
            ("dry_run", json!(options.dry_run)),
        ];
        if let Files::Day(_, _, source) = &self.files {
            recorded.extend([
                ("place", json!(source.to_string())),
                ("allow_partial", json!(options.allow_partial)),
                ("allow_older", json!(options.allow_older)),
                ("max_age_days", json!(options.max_age_days)),
                ("force", json!(options.force)),
            ]);
        }
        let named = recorded
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        named.collect()
    }
}

impl Files {
    /// Makes sure that no two of the files that were named are of one kind.
    pub(crate) fn refuse_same_kinds(&self) -> Result<(), Error> {
        let Self::Named(inputs) = self else {
            return Ok(());
        };
        let mut inputs: Vec<_> = inputs.iter().collect();
        inputs.sort_by_key(|input| input.kind());
        refuse_same_kinds(&inputs)
    }

    /// Finds the files, in loading order. Those that were named are open then.
    pub(crate) async fn find(self, options: &LoadOptions) -> Result<Vec<Input>, Error> {
        match self {
            Self::Day(date, kind, source) => {
                let day = DayFiles::find(source, date).await?;
                let day = match kind {
                    Some(kind) => day.only(kind),
                    None => day,
                };
                if options.allow_partial {
                    day.some()
                } else {
                    day.complete()
                }
            }
            Self::Named(mut inputs) => {
                inputs.sort_by_key(Input::kind);
                for input in &mut inputs {
                    input.open_now().await?;
                }
                Ok(inputs)
            }
        }
    }
}

fn refuse_same_kinds(inputs: &[&Input]) -> Result<(), Error> {
    for pair in inputs.windows(2) {
        if let [first, second] = pair
            && first.kind() == second.kind()
        {
            return Err(Error::SameKind {
                kind: first.kind(),
                first: first.location().to_owned(),
                second: second.location().to_owned(),
            });
        }
    }
    Ok(())
}
