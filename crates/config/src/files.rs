//! Settings for where the files are.

use std::env;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum, ValueHint};

const DEFAULT_FOLDER: &str = "/data/pif_files";

/// Where the files of a day are.
#[derive(Debug, Clone)]
pub enum FileSettings {
    /// In a local folder.
    Folder(PathBuf),
    /// In an S3 bucket.
    Bucket(BucketSettings),
}

/// Which S3 bucket holds the files, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BucketSettings {
    /// The bucket's name.
    pub bucket: String,
    /// The prefix of the keys of a day's files, with or without a slash at its end.
    pub prefix: String,
    /// The bucket's region. Default: the region of the AWS variables or the profile.
    pub region: Option<String>,
    /// The address of an S3-compatible server. Default: Amazon S3.
    pub endpoint: Option<String>,
}

impl BucketSettings {
    /// Returns the settings of a bucket and a prefix, in the default region of Amazon S3.
    #[must_use]
    pub fn new(bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: prefix.into(),
            region: None,
            endpoint: None,
        }
    }
}

impl FileSettings {
    /// Returns whether `CUSIP_S3_BUCKET` is set but ignored, since no other setting says that the
    /// files are in a bucket, or in which folder they are.
    #[must_use]
    pub fn ignores_bucket(&self) -> bool {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_default =
            matches!(self, Self::Folder(folder) if folder == Path::new(DEFAULT_FOLDER));
        is_default && is_set("CUSIP_S3_BUCKET") && !is_set("CUSIP_FILE_SOURCE")
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
struct FileArguments {
    /// Where the files of a day are, unless --file-dir or --s3-bucket is given
    #[arg(
        long,
        env = "CUSIP_FILE_SOURCE",
        value_name = "SOURCE",
        default_value = "local"
    )]
    file_source: Source,

    /// Folder that holds the files of a day
    #[arg(
        long,
        env = "CUSIP_FILE_DIR",
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        default_value = DEFAULT_FOLDER
    )]
    file_dir: PathBuf,

    /// S3 bucket that holds the files of a day
    #[arg(long, env = "CUSIP_S3_BUCKET", value_name = "BUCKET")]
    s3_bucket: Option<String>,

    /// Prefix of the keys of a day's files
    #[arg(
        long,
        env = "CUSIP_S3_PREFIX",
        value_name = "PREFIX",
        default_value = "pif/"
    )]
    s3_prefix: String,

    /// Region of the bucket [default: `AWS_REGION`, or the region of the AWS profile]
    #[arg(long, env = "CUSIP_S3_REGION", value_name = "REGION")]
    s3_region: Option<String>,

    /// Address of an S3-compatible server, such as http://host:port
    #[arg(long, env = "CUSIP_S3_ENDPOINT", value_name = "URL")]
    s3_endpoint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    /// A folder.
    Local,
    /// A bucket.
    S3,
}

impl FileArguments {
    fn settings(self, matches: &ArgMatches) -> Result<FileSettings, clap::Error> {
        let given = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let source = match (given("s3_bucket"), given("file_dir")) {
            (true, _) => Source::S3,
            (false, true) => Source::Local,
            (false, false) => self.file_source,
        };
        let useless = ["s3_prefix", "s3_region", "s3_endpoint"]
            .into_iter()
            .find(|id| given(id));
        if let Some(id) = useless.filter(|_| source == Source::Local) {
            let flag = format!("--{}", id.replace('_', "-"));
            let problem = format!(
                "{flag} has no effect on a folder; give --s3-bucket, or set CUSIP_FILE_SOURCE=s3 and CUSIP_S3_BUCKET\n"
            );
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, problem));
        }
        if source == Source::Local {
            return Ok(FileSettings::Folder(self.file_dir));
        }
        let missing = "no S3 bucket is named; give --s3-bucket or set CUSIP_S3_BUCKET\n";
        let bucket = (self.s3_bucket.filter(|bucket| !bucket.is_empty()))
            .ok_or_else(|| clap::Error::raw(ErrorKind::MissingRequiredArgument, missing))?;
        Ok(FileSettings::Bucket(BucketSettings {
            bucket,
            prefix: self.s3_prefix,
            region: self.s3_region.filter(|region| !region.is_empty()),
            endpoint: self.s3_endpoint.filter(|endpoint| !endpoint.is_empty()),
        }))
    }
}

impl FromArgMatches for FileSettings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        FileArguments::from_arg_matches(matches)?.settings(matches)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for FileSettings {
    fn augment_args(command: Command) -> Command {
        FileArguments::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        FileArguments::augment_args_for_update(command)
    }
}
