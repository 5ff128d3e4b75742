//! Where exported files go.

use std::fs;
use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use cusip_lake::{Format, Sink, Store};
use cusip_postgres::Relation;

use crate::arguments::ExportArguments;
use crate::command::STANDARD_OUTPUT;
use crate::command::output_store::{bucket_address, output_store};
use crate::exit::UsageError;
use crate::output::Output;

/// Where all files go.
pub(super) struct Destination {
    /// The folder or bucket, or `None` for standard output.
    store: Option<Store>,
    format: Format,
}

/// Where one file goes.
pub(super) enum Target {
    File(Sink),
    StandardOutput,
}

impl Destination {
    pub(super) async fn new(arguments: &ExportArguments, format: Format) -> anyhow::Result<Self> {
        let relations = &arguments.relations;
        for (index, relation) in relations.iter().enumerate() {
            if relations[..index].contains(relation) {
                return Err(UsageError(format!("{relation} is named twice")).into());
            }
        }
        let is_standard_output = arguments.to.as_path() == STANDARD_OUTPUT;
        if is_standard_output && relations.len() > 1 {
            let problem = "--to - takes only one view; name a folder";
            return Err(UsageError(problem.to_owned()).into());
        }
        let store = match is_standard_output {
            true => None,
            false => {
                if bucket_address(&arguments.to).is_none() {
                    prepare_folder(arguments, format)?;
                }
                Some(output_store(&arguments.to, &arguments.bucket, arguments.force).await?)
            }
        };
        Ok(Self { store, format })
    }

    pub(super) const fn is_standard_output(&self) -> bool {
        self.store.is_none()
    }

    /// Opens the file of a view or table.
    pub(super) fn target(&self, relation: Relation) -> anyhow::Result<Target> {
        Ok(match &self.store {
            None => Target::StandardOutput,
            Some(store) => Target::File(store.begin(&name(relation, self.format))?),
        })
    }

    /// Prints a line about a file, where it does not mix with exported rows.
    pub(super) fn report(&self, output: &Output, text: &str) -> anyhow::Result<()> {
        if self.is_standard_output() {
            output.message(text);
            return Ok(());
        }
        output.text(text)
    }
}

impl Target {
    pub(super) async fn write(&mut self, bytes: Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::File(sink) => Ok(sink.write(&bytes).await?),
            Self::StandardOutput => {
                (io::stdout().lock().write_all(&bytes)).context("cannot write to standard output")
            }
        }
    }

    /// Deletes what was written so far.
    pub(super) async fn discard(self) {
        match self {
            Self::File(sink) => sink.discard().await,
            Self::StandardOutput => {}
        }
    }

    /// Gives the file its name, and returns it for people.
    pub(super) async fn finish(self) -> anyhow::Result<String> {
        match self {
            Self::File(sink) => match sink.finish().await {
                Err(error) if error.is_exists() => bail!("{error} with --force"),
                finished => Ok(finished?),
            },
            Self::StandardOutput => {
                io::stdout()
                    .lock()
                    .flush()
                    .context("cannot write to standard output")?;
                Ok("standard output".to_owned())
            }
        }
    }
}

/// Creates the folder, and refuses files that exist before any row is read.
fn prepare_folder(arguments: &ExportArguments, format: Format) -> anyhow::Result<()> {
    let folder = &arguments.to;
    for relation in &arguments.relations {
        let path = folder.join(name(*relation, format));
        if !arguments.force && path.exists() {
            bail!(
                "{:?} already exists; name another folder, or overwrite it with --force",
                path.display()
            );
        }
    }
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the folder {:?}", folder.display()))
}

fn name(relation: Relation, format: Format) -> String {
    format!("{relation}.{format}")
}
