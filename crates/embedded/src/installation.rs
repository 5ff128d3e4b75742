//! Finds PostgreSQL's binaries, which package managers install in many different folders.

use std::cmp::Reverse;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::settings::OLDEST_MAJOR;

/// The programs that a server needs. Client packages have `psql` and often `pg_config`, but not these.
const PROGRAMS: [&str; 2] = ["postgres", "initdb"];

/// Where packages install one folder per version: parent folder, prefix before the version, subfolder.
const VERSIONED: [(&str, &str, &str); 7] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// A folder with the server's binaries.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// Without symbolic links, because `postgres` finds its other files relative to its real folder.
    folder: PathBuf,
    version: Version,
}

impl Installation {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn probe(folder: &Path) -> Option<Self> {
        let real = fs::canonicalize(folder.join("postgres")).ok()?;
        let folder = real.parent()?.to_owned();
        if !PROGRAMS.iter().all(|name| folder.join(name).is_file()) {
            return None;
        }
        let output = Command::new(&real).arg("--version").output().ok()?;
        let version = Version::parse(str::from_utf8(&output.stdout).ok()?)?;
        Some(Self { folder, version })
    }
}

/// All installations found, in order of preference.
#[derive(Debug)]
pub(crate) struct Installations(Vec<Installation>);

impl Installations {
    /// Looks only in `folder` if it is given.
    pub(crate) fn find(folder: Option<&Path>) -> Result<Self, Error> {
        match folder {
            None => Self::search(env::var_os("PATH")),
            Some(folder) => match Installation::probe(folder) {
                Some(installation) => Ok(Self(vec![installation])),
                None => Err(Error::InvalidBinaries {
                    folder: folder.to_owned(),
                }),
            },
        }
    }

    /// Looks in the folders of `path`, and in those of known package managers.
    fn search(path: Option<OsString>) -> Result<Self, Error> {
        let path: Vec<_> = env::split_paths(&path.unwrap_or_default()).collect();
        let mut candidates: Vec<_> = path
            .iter()
            .filter_map(|folder| ask_pg_config(folder))
            .collect();
        candidates.extend(path);
        for (parent, prefix, suffix) in VERSIONED {
            candidates.extend(versioned_folders(Path::new(parent), prefix, suffix));
        }
        candidates.push("/usr/local/pgsql/bin".into());
        Self::from_candidates(candidates)
    }

    fn from_candidates(candidates: Vec<PathBuf>) -> Result<Self, Error> {
        let mut looked_in: Vec<PathBuf> = Vec::new();
        let mut found: Vec<Installation> = Vec::new();
        for folder in candidates {
            if looked_in.contains(&folder) {
                continue;
            }
            if let Some(installation) = Installation::probe(&folder)
                && !found
                    .iter()
                    .any(|other| other.folder == installation.folder)
            {
                found.push(installation);
            }
            looked_in.push(folder);
        }
        if found.is_empty() {
            return Err(Error::NotInstalled { looked_in });
        }
        Ok(Self(found))
    }

    /// Returns the installation for a new data folder.
    pub(crate) fn preferred(&self) -> Result<&Installation, Error> {
        self.new_enough().next().ok_or_else(|| {
            let newest = self
                .0
                .iter()
                .max_by_key(|installation| installation.version.major)
                .expect("`from_candidates` returns an error instead of an empty list");
            Error::TooOld {
                version: newest.version.text.clone(),
                folder: newest.folder.clone(),
            }
        })
    }

    /// Returns the installation for a data folder that major version `data_version` created.
    pub(crate) fn for_data(
        &self,
        data_folder: &Path,
        data_version: &str,
    ) -> Result<&Installation, Error> {
        let preferred = self.preferred()?;
        self.new_enough()
            .find(|installation| installation.version.major.to_string() == data_version)
            .ok_or_else(|| Error::OtherVersion {
                data_folder: data_folder.to_owned(),
                data_version: data_version.to_owned(),
                version: preferred.version.text.clone(),
                folder: preferred.folder.clone(),
            })
    }

    fn new_enough(&self) -> impl Iterator<Item = &Installation> {
        self.0
            .iter()
            .filter(|installation| installation.version.major >= OLDEST_MAJOR)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    major: u32,
    text: String,
}

impl Version {
    /// Parses `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`. Prereleases have `18beta1` or
    /// `19devel`.
    fn parse(line: &str) -> Option<Self> {
        let text = line
            .split_whitespace()
            .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
        let major = leading_number(text)?;
        Some(Self {
            major,
            text: text.to_owned(),
        })
    }
}

fn ask_pg_config(folder: &Path) -> Option<PathBuf> {
    let program = folder.join("pg_config");
    if !program.is_file() {
        return None;
    }
    let output = Command::new(program).arg("--bindir").output().ok()?;
    let answer = str::from_utf8(&output.stdout).ok()?.trim();
    (!answer.is_empty()).then(|| answer.into())
}

/// Returns the folders `parent/{prefix}{version}/{suffix}`, newest version first.
fn versioned_folders(parent: &Path, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?;
            Some((leading_number(version)?, parent.join(&name).join(suffix)))
        })
        .collect();
    versions.sort_by_key(|(major, _)| Reverse(*major));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests;
