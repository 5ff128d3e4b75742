//! Checks the profile files before the SDK reads them, and answers questions about profiles.
//!
//! The SDK parses the files. However, it does not report a file that it cannot read, that is not
//! UTF-8, or that a variable names but does not exist. It continues as if the file were empty, and
//! then the region or the credentials seem to be missing. So we check for these cases here.
#![expect(
    deprecated,
    reason = "the new names of these types are in a crate that is not meant to be depended on"
)]

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
use aws_config::profile::{self, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use crate::invalid::InvalidConfiguration;
use crate::options::AwsOptions;
use crate::variables::value;

const PROFILE: &str = "AWS_PROFILE";
const DEFAULT: &str = "default";
const MAX_NAMES: usize = 10;

/// The SDK's profile files: the variable that can name each, and its usual path below the home folder.
const FILES: [(&str, &str); 2] = [
    ("AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
];

/// Checks that the profile files can be read. Files that a variable names must exist if `must_exist`.
pub(crate) fn check_files(
    options: &AwsOptions,
    must_exist: bool,
) -> Result<(), InvalidConfiguration> {
    for (path, variable) in files(options) {
        let reason = match fs::read(&path) {
            Ok(bytes) if std::str::from_utf8(&bytes).is_ok() => continue,
            // The error's own text may show bytes.
            Ok(_) => "it is not UTF-8".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match variable {
                Some(variable) if must_exist => {
                    return Err(InvalidConfiguration::NoSuchFile { variable, path });
                }
                _ => continue,
            },
            Err(error) => error.to_string(),
        };
        return Err(InvalidConfiguration::ProfileFile { path, reason });
    }
    Ok(())
}

/// Checks that the profile in the options or `AWS_PROFILE` exists.
pub(crate) async fn check_profile(options: &AwsOptions) -> Result<(), InvalidConfiguration> {
    let Some(profile) = named_profile(options) else {
        return Ok(());
    };
    // The SDK reports files that it cannot parse with the first request.
    let Some(profiles) = load(options).await else {
        return Ok(());
    };
    // For the SDK, a missing default profile is an empty one.
    if profile == DEFAULT || profiles.get_profile(&profile).is_some() {
        return Ok(());
    }
    let mut names: Vec<_> = profiles.profiles().collect();
    names.sort_unstable();
    names.truncate(MAX_NAMES);
    let advice = if names.is_empty() {
        format!(
            "~/.aws/config and ~/.aws/credentials (or what AWS_CONFIG_FILE names) contain no profiles; create one with `aws configure sso --profile {profile}`, or correct AWS_PROFILE"
        )
    } else {
        // A common mistake is to leave out the word `profile`.
        format!(
            "there is {}: correct AWS_PROFILE, or write [profile {profile}] as the heading in ~/.aws/config",
            names.join(", ")
        )
    };
    Err(InvalidConfiguration::NoSuchProfile { profile, advice })
}

/// Returns the profile for `aws sso login`, if that command needs one.
///
/// A profile with a role can take its credentials from another one, its `source_profile`. So this is
/// the profile whose SSO session the SDK uses at the end of that chain, or the named profile if there
/// is none. The chain can begin at the default profile, too.
pub async fn login_profile(options: &AwsOptions) -> Option<String> {
    let named = named_profile(options);
    let start = named.as_deref().unwrap_or(DEFAULT);
    let profiles = load(options).await;
    match profiles.and_then(|profiles| sso_profile(&profiles, start)) {
        Some(with_sso) if named.is_none() && with_sso == DEFAULT => None,
        Some(with_sso) => Some(with_sso),
        None => named,
    }
}

/// Returns the command that renews an SSO session.
pub(crate) fn login_command(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("`aws sso login --profile {profile}`"),
        None => "`aws sso login`".to_owned(),
    }
}

/// Follows a chain of profiles as the SDK does.
fn sso_profile(profiles: &ProfileSet, start: &str) -> Option<String> {
    let mut name = start;
    // A chain cannot be longer than there are profiles, unless it is circular.
    for _ in profiles.profiles() {
        let found = profiles.get_profile(name)?;
        let has = |key| found.get(key).is_some();
        if name != start && has("aws_access_key_id") {
            return None;
        }
        let is_role = has("role_arn") && !has("web_identity_token_file");
        match found.get("source_profile").filter(|_| is_role) {
            Some(source) if source != name => name = source,
            _ => {
                let has_sso = has("sso_session") || has("sso_start_url");
                return has_sso.then(|| name.to_owned());
            }
        }
    }
    None
}

fn named_profile(options: &AwsOptions) -> Option<String> {
    let named = options.profile.clone().or_else(|| value(PROFILE));
    named.filter(|profile| !profile.is_empty())
}

/// Returns the one profile file that the options name, in the form that the SDK takes.
pub(crate) fn named_file(options: &AwsOptions) -> Option<ProfileFiles> {
    let path = options.profile_file.as_ref()?;
    let files = ProfileFiles::builder().with_file(ProfileFileKind::Config, path);
    Some(files.build())
}

/// Has the SDK parse the profile files.
async fn load(options: &AwsOptions) -> Option<ProfileSet> {
    let files = named_file(options).unwrap_or_default();
    let loaded = profile::load(&Fs::real(), &Env::real(), &files, None).await;
    loaded.ok()
}

/// Returns the files that the SDK reads, each with the variable that names it, if one does.
fn files(options: &AwsOptions) -> Vec<(PathBuf, Option<&'static str>)> {
    if let Some(path) = &options.profile_file {
        return vec![(path.clone(), None)];
    }
    let home = env::home_dir();
    let file = |(variable, usual): (&'static str, &str)| match value(variable) {
        Some(path) => match path.strip_prefix("~/") {
            Some(rest) => Some((home.as_ref()?.join(rest), Some(variable))),
            None => Some((PathBuf::from(path), Some(variable))),
        },
        None => Some((home.as_ref()?.join(usual), None)),
    };
    FILES.into_iter().filter_map(file).collect()
}
