//! Where converted files go. A file has a temporary name until it is complete.

use std::fs;
use std::io::{self, BufWriter};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use cusip_lake::{Format, PartFile};
use cusip_loader::Input;

use super::writer;
use crate::arguments::ConvertArguments;
use crate::command::{STANDARD_INPUT, STANDARD_OUTPUT};
use crate::exit::UsageError;
use crate::output::Output;

/// Rejects have the names of their files, and so need a folder of their own.
const REJECTS_FOLDER: &str = "rejects";

/// Where all files go.
pub(super) struct Destination {
    /// The folder, or `None` for standard output.
    folder: Option<PathBuf>,
    format: Format,
    force: bool,
}

/// Where one file goes.
pub(super) struct Target {
    /// The path, or `None` for standard output.
    path: Option<PathBuf>,
    rejects: Option<PathBuf>,
    part: Option<PartFile>,
    force: bool,
}

impl Destination {
    pub(super) fn new(arguments: &ConvertArguments, format: Format) -> Result<Self, UsageError> {
        let is_standard_output = arguments.to.as_path() == STANDARD_OUTPUT;
        if is_standard_output && arguments.file.len() > 1 {
            let problem = "--to - takes only one file; name a folder";
            return Err(UsageError(problem.to_owned()));
        }
        Ok(Self {
            folder: Some(arguments.to.clone()).filter(|_| !is_standard_output),
            format,
            force: arguments.force,
        })
    }

    /// Returns the target of each file, after creating the folder.
    pub(super) fn targets(
        &self,
        files: &[PathBuf],
        inputs: &[Input],
    ) -> anyhow::Result<Vec<Target>> {
        let Some(folder) = &self.folder else {
            return Ok(vec![Target::standard_output()]);
        };
        let mut targets: Vec<Target> = Vec::with_capacity(files.len());
        for (file, input) in files.iter().zip(inputs) {
            let name = match file.file_name() {
                Some(name) if file.as_path() != STANDARD_INPUT => PathBuf::from(name),
                _ => PathBuf::from(input.kind().wire_name()),
            };
            let path = folder.join(name.with_extension(self.format.extension()));
            if targets
                .iter()
                .any(|target| target.path.as_ref() == Some(&path))
            {
                let problem = format!("two files would be converted to {:?}", path.display());
                return Err(UsageError(problem).into());
            }
            let rejects = folder.join(REJECTS_FOLDER).join(name.with_extension("PIP"));
            for path in [&path, &rejects] {
                if !self.force && path.exists() {
                    bail!(
                        "{:?} already exists; name another folder, or overwrite it with --force",
                        path.display()
                    );
                }
            }
            targets.push(Target {
                path: Some(path),
                rejects: Some(rejects),
                part: None,
                force: self.force,
            });
        }
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create the folder {:?}", folder.display()))?;
        Ok(targets)
    }

    /// Prints a line about the conversion, where it does not mix with converted records.
    pub(super) fn report(&self, output: &Output, text: &str) -> anyhow::Result<()> {
        match self.folder {
            Some(_) => output.text(text),
            None => {
                output.message(text);
                Ok(())
            }
        }
    }
}

impl Target {
    const fn standard_output() -> Self {
        Self {
            path: None,
            rejects: None,
            part: None,
            force: false,
        }
    }

    /// Returns the path for people.
    pub(super) fn shown(&self) -> String {
        match &self.path {
            Some(path) => format!("{:?}", path.display()),
            None => "standard output".to_owned(),
        }
    }

    /// Returns the path for the rejects, or `None` if they are not written.
    pub(super) fn rejects(&self) -> Option<PathBuf> {
        self.rejects.clone()
    }

    /// Opens the target under a temporary name.
    pub(super) fn open(&mut self) -> anyhow::Result<writer::Destination> {
        let Some(path) = &self.path else {
            return Ok(Box::new(BufWriter::new(io::stdout())));
        };
        let file = PartFile::create(path)?;
        let destination = BufWriter::new(file.open()?);
        self.part = Some(file);
        Ok(Box::new(destination))
    }

    /// Gives the file its name, and returns it.
    pub(super) fn keep(self) -> anyhow::Result<Option<PathBuf>> {
        let kept = self.part.map(|part| part.keep(self.force));
        Ok(kept.transpose()?)
    }
}
