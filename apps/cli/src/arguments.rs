//! The command line. Each subcommand has its arguments in its own file.

mod changes;
mod check;
mod completions;
mod convert;
mod doctor;
mod export;
mod files;
mod history;
mod jobs;
mod lake;
mod load;
mod migrate;
mod search;
mod show;
mod synth;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, CommandFactory as _, Parser, Subcommand};
use cusip_config::LogSettings;
use cusip_jobs::LoadOption;
use cusip_pif::FileKind;

pub(crate) use self::changes::{ChangesArguments, RangeArguments};
pub(crate) use self::check::CheckArguments;
pub(crate) use self::completions::CompletionsArguments;
pub(crate) use self::convert::ConvertArguments;
pub(crate) use self::doctor::DoctorArguments;
pub(crate) use self::export::{ExportArguments, OutputBucketArguments};
pub(crate) use self::files::FilesArguments;
pub(crate) use self::history::{HistoryAction, HistoryArguments, PruneHistoryArguments};
pub(crate) use self::jobs::{
    CancelArguments, JobsAction, JobsArguments, ListArguments, PruneArguments,
};
pub(crate) use self::lake::LakeArguments;
#[cfg(feature = "parquet")]
pub(crate) use self::lake::{LakeAction, SyncArguments};
pub(crate) use self::load::LoadArguments;
pub(crate) use self::migrate::MigrateArguments;
pub(crate) use self::search::SearchArguments;
pub(crate) use self::show::ShowArguments;
pub(crate) use self::synth::SynthArguments;
use crate::output::OutputFormat;

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  rejects over the limit
  4  file or day not found
  5  database not reachable, read-only or not migrated
  6  another load is running
  7  not known whether the load succeeded; load again";

const SEE_EXIT_CODES: &str = "`cusip --help` lists the exit codes.";

/// The headings of settings that many commands share. `-h` leaves them out.
const SHARED: [&str; 4] = ["Database", "Files", "Logs", "Output"];

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
    #[arg(
        long,
        global = true,
        default_value = "text",
        value_name = "FORMAT",
        help_heading = "Output"
    )]
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
    /// Validate files without a database, and show the first problems of each kind
    Check(CheckArguments),
    /// Convert files to Parquet, CSV or NDJSON without a database
    Convert(ConvertArguments),
    /// Show which files of a day exist
    Files(FilesArguments),
    /// Check everything that a load needs, and say how to fix what is wrong
    Doctor(DoctorArguments),
    /// Show securities with all their fields, codes decoded
    Show(ShowArguments),
    /// Search securities by words of issuer, description, ticker or underwriter, or by identifier
    ///
    /// A search looks at the current state. For an earlier one, use `cusip show ID --as-of WHEN`.
    Search(SearchArguments),
    /// Export views or tables to Parquet, CSV or NDJSON, all in the same state
    Export(ExportArguments),
    /// Keep a lake of Parquet files up to date, which Athena, Spark and others read
    Lake(LakeArguments),
    /// Show all versions of a security, newest first, with what changed; or prune the history
    History(HistoryArguments),
    /// Show what the loads of a day, or between two days, changed
    Changes(ChangesArguments),
    /// List loads, or show, watch or cancel one; write or prune rejects
    Jobs(JobsArguments),
    /// Write synthetic files of a day, or of days that follow each other, to try things out
    Synth(SynthArguments),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

/// Returns the command line.
pub(crate) fn command() -> clap::Command {
    without_shared_in_short_help(Arguments::command()).mut_subcommands(|command| {
        let help = command.get_after_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let command = without_shared_in_short_help(command);
        match help.to_lowercase().contains("exit code") {
            true => command,
            false => command.after_help(format!("{help}\n\n{SEE_EXIT_CODES}")),
        }
    })
}

fn without_shared_in_short_help(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| {
        let heading = argument.get_help_heading().unwrap_or_default();
        let is_shared = SHARED.contains(&heading);
        argument.hide_short_help(is_shared)
    })
}

/// Parses a kind of file.
fn kind() -> impl TypedValueParser<Value = FileKind> {
    let names = FileKind::ALL.map(FileKind::wire_name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<FileKind>())
}

/// Refuses two options on the command line if one makes the other meaningless.
pub(crate) fn refuse_contradictions(matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((_, mut matches)) = matches.subcommand() else {
        return Ok(());
    };
    while let Some((_, nested)) = matches.subcommand() {
        matches = nested;
    }
    cusip_config::refuse_contradictions(&mut command(), matches, CONTRADICTIONS)
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
        command().debug_assert();
    }

    #[test]
    fn help_of_every_command_has_examples_that_parse() {
        for command in command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            let own = format!("cusip {}", command.get_name());
            assert!(help.starts_with("Examples:\n"), "{own}: {help:?}");
            assert!(help.contains(&own), "{own}: {help:?}");
            let has_exit_codes = help.to_lowercase().contains("exit code");
            assert!(has_exit_codes, "{own}: {help:?}");
            let examples = help.lines().filter(|line| line.starts_with("  cusip "));
            for example in examples {
                let words = example.split_whitespace();
                let words = words.take_while(|word| *word != ">");
                Arguments::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }

    #[test]
    fn short_help_is_short_and_own_options_come_first() {
        let mut all = command();
        all.build();
        let commands = all.get_subcommands_mut();
        for command in commands.filter(|command| command.get_name() != "help") {
            let short = command.render_help().to_string();
            let name = command.get_name().to_owned();
            assert!(short.lines().count() <= 60, "{name}: {short}");
            assert!(!short.contains("--sslrootcert"), "{name}: {short}");
            let long = command.render_long_help().to_string();
            let place = |text: &str| {
                long.find(text)
                    .unwrap_or_else(|| panic!("{text} in {long}"))
            };
            let own = place("\nOptions:\n");
            for heading in ["\nOutput:\n", "\nLogs:\n"] {
                assert!(own < place(heading), "{name}: {long}");
            }
            if long.contains("\nDatabase:\n") {
                assert!(own < place("\nDatabase:\n"), "{name}: {long}");
            }
        }
    }

    #[test]
    fn optional_value_does_not_swallow_the_next_argument() {
        let words = ["cusip", "search", "--embedded", "apple"];
        let arguments = Arguments::try_parse_from(words).unwrap();
        let Command::Search(search) = arguments.command else {
            panic!("{arguments:?}");
        };
        assert_eq!(search.text, ["apple"]);
        assert_eq!(search.database.embedded, Some(None));
        // No other option has an optional value without an equals sign.
        for command in command().get_subcommands_mut() {
            command.build();
            for argument in command.get_opts() {
                let values = argument.get_num_args().expect("the command is built");
                let is_optional = values.min_values() == 0 && values.takes_values();
                assert!(
                    !is_optional || argument.is_require_equals_set(),
                    "{argument}"
                );
                assert!(values.max_values() <= 1, "{argument}");
                assert!(!argument.is_allow_hyphen_values_set(), "{argument}");
            }
        }
    }

    #[test]
    fn every_load_option_has_a_flag() {
        let command = command();
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
