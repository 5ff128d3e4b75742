//! The command line.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{
    ArgGroup, ArgMatches, Args, CommandFactory as _, Parser, Subcommand, ValueHint, value_parser,
};
use clap_complete::Shell;
use cusip_config::{DatabaseSettings, FileSettings, LoadSettings, LogSettings};
use cusip_jobs::{LoadOption, RejectCursor};
use cusip_loader::LoadOptions;
use cusip_pif::{Cusip, Date, FileKind};

use crate::output::OutputFormat;

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  rejects over the limit
  4  file or day not found
  5  database not reachable or not migrated
  6  another load is running";

const CONTRADICTIONS: &[(&str, &[&str])] = &[
    (
        "file",
        &[
            "file_source",
            "file_dir",
            "s3_bucket",
            "s3_prefix",
            "s3_region",
            "s3_endpoint",
            "allow_partial",
            "max_age_days",
        ],
    ),
    (
        "s3_key",
        &["file_dir", "s3_prefix", "allow_partial", "max_age_days"],
    ),
];

/// Load the daily files of CUSIP Global Services into PostgreSQL, and look up securities.
#[derive(Debug, Parser)]
#[command(name = "cusip", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Format of the result on standard output
    #[arg(long, global = true, default_value = "text", value_name = "FORMAT")]
    pub(crate) output: OutputFormat,

    #[command(flatten)]
    pub(crate) log: LogSettings,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Load the files of a day, or files by name: all of them or nothing
    Load(LoadArguments),
    /// Create or update the database schema
    Migrate(MigrateArguments),
    /// Validate files without a database, and show every problem with its line
    Check(CheckArguments),
    /// Show which files of a day exist
    Files(FilesArguments),
    /// Check everything that a load needs, and say how to fix what is wrong
    Doctor(DoctorArguments),
    /// Show securities with all their fields, codes decoded
    Show(ShowArguments),
    /// Search securities by words of issuer, description, ticker or underwriter, or by identifier
    Search(SearchArguments),
    /// List past loads, or show one with its files and rejects
    Jobs(JobsArguments),
    /// Write a day of synthetic files, to try things out
    Synth(SynthArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "date", "s3_key"])))]
pub(crate) struct LoadArguments {
    /// Files to load, in any order; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,

    /// Full key of an object to load from the bucket; repeat for more objects
    #[arg(long, value_name = "KEY")]
    pub(crate) s3_key: Vec<String>,

    /// Day to load from the folder or bucket, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Option<Date>,

    /// Kind of the files, if their names do not tell: `issuer`, `issue` or `issue_attr`
    #[arg(long = "type", value_name = "KIND", conflicts_with = "date")]
    pub(crate) kind: Option<FileKind>,

    /// Do everything except the commit, and show the result
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,

    #[command(flatten)]
    pub(crate) guards: GuardArguments,

    #[command(flatten)]
    pub(crate) files: FileSettings,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

/// Options that allow what a load of a day refuses. They do not concern files loaded by name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Allow what a load of a day refuses")]
pub(crate) struct GuardArguments {
    /// Load the day's files that exist, even if some are missing
    #[arg(long)]
    pub(crate) allow_partial: bool,

    /// Load a day that is older than the newest loaded day; this may undo newer rows
    #[arg(long)]
    pub(crate) allow_older: bool,

    /// Accept files modified up to N days before or after the day (0: any number); names carry no
    /// year, so an older file is probably another year's
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub(crate) max_age_days: u32,

    /// Load files again that were already loaded for this day
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    /// Run the pending migrations, then roll them back
    #[arg(long, conflicts_with = "status")]
    pub(crate) dry_run: bool,

    /// Only show which migrations were applied
    #[arg(long)]
    pub(crate) status: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Files to check; `-` is standard input
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) file: Vec<PathBuf>,

    /// Kind of the files, if their names do not tell: `issuer`, `issue` or `issue_attr`
    #[arg(long = "type", value_name = "KIND")]
    pub(crate) kind: Option<FileKind>,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,
}

#[derive(Debug, Args)]
pub(crate) struct FilesArguments {
    /// Day whose files to list, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Date,

    #[command(flatten)]
    pub(crate) files: FileSettings,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Day whose files to check, as YYYY-MM-DD [default: today; missing files are then warnings]
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Option<Date>,

    /// Full key of an object to check instead; repeat for more objects
    #[arg(long, value_name = "KEY", conflicts_with = "date")]
    pub(crate) s3_key: Vec<String>,

    #[command(flatten)]
    pub(crate) rules: LoadSettings,

    #[command(flatten)]
    pub(crate) guards: GuardArguments,

    #[command(flatten)]
    pub(crate) files: FileSettings,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// CUSIPs of 8 or 9 characters, or ISINs
    #[arg(required = true, value_name = "CUSIP")]
    pub(crate) cusip: Vec<Cusip>,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// Words that must all be found in one place, or a CUSIP or ISIN
    #[arg(required = true, value_name = "TEXT")]
    pub(crate) text: Vec<String>,

    /// Maximum number of securities to show
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) limit: NonZeroU32,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

#[derive(Debug, Args)]
pub(crate) struct JobsArguments {
    /// Job to show; without it, jobs are listed, newest first
    pub(crate) id: Option<i64>,

    /// Maximum number of jobs, or of the job's rejects, to show
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
    pub(crate) limit: u32,

    /// List jobs that started before this one
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    pub(crate) before: Option<i64>,

    /// Show rejects of the job after this one, as FILE-LINE
    #[arg(
        long,
        value_name = "FILE-LINE",
        requires = "id",
        conflicts_with = "rejects"
    )]
    pub(crate) after: Option<RejectCursor>,

    /// Write all rejects of the job as PIF files to fix and load again: into the folder PATH (if it
    /// exists or ends with a slash), or to the file PATH
    #[arg(long, value_name = "PATH", requires = "id", value_hint = ValueHint::AnyPath)]
    pub(crate) rejects: Option<PathBuf>,

    /// Overwrite existing files
    #[arg(long, requires = "rejects")]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseSettings,
}

#[derive(Debug, Args)]
pub(crate) struct SynthArguments {
    /// Folder to write the files to; created if needed
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,

    /// Day of the files, as YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) date: Date,

    /// Number of issuers
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) issuers: u32,

    /// Number of issues per issuer
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) issues_per_issuer: u16,

    /// Seed of the random contents; the same seed makes the same files
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// How many records of a thousand differ from the day made without this option
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) changed_per_mille: u16,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// Shell to print the script for
    pub(crate) shell: Shell,
}

impl GuardArguments {
    pub(crate) fn applied_to(&self, options: LoadOptions) -> LoadOptions {
        LoadOptions {
            allow_partial: self.allow_partial,
            allow_older: self.allow_older,
            max_age_days: self.max_age_days,
            force: self.force,
            ..options
        }
    }
}

impl DoctorArguments {
    /// Returns the options of the load to check.
    pub(crate) fn load_options(&self) -> LoadOptions {
        self.guards.applied_to(self.rules.options())
    }
}

/// Refuses two options on the command line if one makes the other meaningless.
pub(crate) fn refuse_contradictions(matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((_, matches)) = matches.subcommand() else {
        return Ok(());
    };
    cusip_config::refuse_contradictions(&mut Arguments::command(), matches, CONTRADICTIONS)
}

/// Returns the flag of an option.
pub(crate) fn flag(option: LoadOption) -> String {
    format!("--{}", option.name().replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_load_option_has_a_flag() {
        let command = Arguments::command();
        let load = command.find_subcommand("load").unwrap();
        let is_there = |flag: &str| {
            let mut flags = load.get_arguments().filter_map(Arg::get_long);
            flags.any(|long| flag == format!("--{long}"))
        };
        for option in LoadOption::ALL {
            assert!(is_there(&flag(*option)), "{option}");
        }
    }
}
