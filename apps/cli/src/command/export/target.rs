//! Where exported files go.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cusip_lake::{Error, Format, PartFile};
use cusip_postgres::Relation;

use crate::arguments::ExportArguments;
use crate::command::STANDARD_OUTPUT;
use crate::exit::UsageError;
use crate::output::Output;

/// Where all files go.
pub(super) struct Destination {
    place: Place,
    format: Format,
    may_replace: bool,
}

enum Place {
    Folder(PathBuf),
    StandardOutput,
}

/// Where one file goes.
pub(super) enum Target {
    File {
        part: PartFile,
        file: File,
        may_replace: bool,
    },
    StandardOutput,
}

impl Destination {
    pub(super) fn new(arguments: &ExportArguments, format: Format) -> anyhow::Result<Self> {
        let relations = &arguments.relations;
        for (index, relation) in relations.iter().enumerate() {
            if relations[..index].contains(relation) {
                return Err(UsageError(format!("{relation} is named twice")).into());
            }
        }
        if arguments.to.as_path() != STANDARD_OUTPUT {
            return Self::folder(arguments, format);
        }
        if relations.len() > 1 {
            let problem = "--to - takes only one view; name a folder";
            return Err(UsageError(problem.to_owned()).into());
        }
        Ok(Self {
            place: Place::StandardOutput,
            format,
            may_replace: arguments.force,
        })
    }

    /// Creates the folder, and refuses files that exist before any row is read.
    fn folder(arguments: &ExportArguments, format: Format) -> anyhow::Result<Self> {
        let folder = arguments.to.clone();
        for relation in &arguments.relations {
            let path = path(&folder, *relation, format);
            if !arguments.force && path.exists() {
                return Err(Error::Exists { path }.into());
            }
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create the folder {:?}", folder.display()))?;
        Ok(Self {
            place: Place::Folder(folder),
            format,
            may_replace: arguments.force,
        })
    }

    pub(super) const fn is_standard_output(&self) -> bool {
        matches!(self.place, Place::StandardOutput)
    }

    /// Opens the file of a view or table.
    pub(super) fn target(&mut self, relation: Relation) -> anyhow::Result<Target> {
        match &self.place {
            Place::StandardOutput => Ok(Target::StandardOutput),
            Place::Folder(folder) => {
                let part = PartFile::create(path(folder, relation, self.format))?;
                let file = part.open()?;
                Ok(Target::File {
                    part,
                    file,
                    may_replace: self.may_replace,
                })
            }
        }
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
            Self::File { part, file, .. } => (file.write_all(&bytes))
                .with_context(|| format!("cannot write {:?}", part.path().display())),
            Self::StandardOutput => {
                (io::stdout().lock().write_all(&bytes)).context("cannot write to standard output")
            }
        }
    }

    /// Gives the file its name, and returns it for people.
    pub(super) async fn finish(self) -> anyhow::Result<String> {
        match self {
            Self::File {
                part, may_replace, ..
            } => Ok(part.keep(may_replace)?.display().to_string()),
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

fn path(folder: &Path, relation: Relation, format: Format) -> PathBuf {
    folder.join(format!("{relation}.{format}"))
}
