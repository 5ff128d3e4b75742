//! Settings of AWS that cannot be meant, found before the SDK meets them.

use std::env::{self, VarError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::options::AwsOptions;
use crate::profiles::{Profiles, files};

const KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const PROFILE: &str = "AWS_PROFILE";
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// What becomes a part of a header, where the SDK panics at what cannot.
const IN_HEADERS: [&str; 5] = [
    KEY,
    SECRET_KEY,
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];

/// With one of these the SDK has another place to find credentials in than the profile.
const OTHER_PLACES: [&str; 4] = [
    KEY,
    TOKEN_FILE,
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Why the settings of AWS cannot be meant. No text shows a value that may be secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidConfiguration {
    /// A variable holds what no such value can have.
    #[error("{name} holds {what}; set it anew without")]
    Variable {
        /// The variable's name.
        name: String,
        /// What is in it, with its article.
        what: &'static str,
    },
    /// Of two variables that belong together there is one.
    #[error("{given} is set, but {missing} is not; set both, or neither")]
    Half {
        /// The one.
        given: &'static str,
        /// The other.
        missing: &'static str,
    },
    /// The region is no name of one.
    #[error("the region {region:?} is none; set one such as us-east-1")]
    Region {
        /// The region.
        region: String,
    },
    /// A file that a variable names is not there.
    #[error("{variable} names the file {path:?}, which does not exist; correct or unset it")]
    NoSuchFile {
        /// The variable's name.
        variable: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A profile file cannot be read.
    #[error("cannot read the AWS profile file {path:?}: {reason}; mend it")]
    ProfileFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// No file has the profile.
    #[error("the AWS profile {profile:?} does not exist; {advice}")]
    NoSuchProfile {
        /// The profile's name.
        profile: String,
        /// What to do.
        advice: String,
    },
}

/// Looks at the variables and files that the SDK is about to read.
pub(crate) fn check(options: &AwsOptions) -> Result<(), InvalidConfiguration> {
    check_variables(options)?;
    let is_only_place = options.profile.is_some() || !OTHER_PLACES.into_iter().any(is_set);
    let mut profiles = Profiles::default();
    for file in files(options) {
        match fs::read(&file.path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => profiles.add(&text, &file),
                // What the error says may show bytes.
                Err(_) => return Err(unreadable(&file.path, "it is not UTF-8")),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(variable) = file.variable.filter(|_| is_only_place) {
                    let path = file.path;
                    return Err(InvalidConfiguration::NoSuchFile { variable, path });
                }
            }
            Err(error) => return Err(unreadable(&file.path, &error.to_string())),
        }
    }
    let named = options.profile.clone().or_else(|| value(PROFILE));
    if let Some(name) = named.filter(|_| is_only_place) {
        profiles.check(&name)?;
    }
    Ok(())
}

/// Tells whether a region can be one: it becomes a part of a host's name.
pub(crate) fn check_region(region: &str) -> Result<(), InvalidConfiguration> {
    let is_of_names = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if region.is_empty() || region.starts_with('-') || !region.chars().all(is_of_names) {
        let region = region.to_owned();
        return Err(InvalidConfiguration::Region { region });
    }
    Ok(())
}

/// What of a text cannot be in a header, if there is such.
pub(crate) fn unfit_for_header(text: &str) -> Option<&'static str> {
    if text.contains(char::is_control) {
        Some("a control character, such as the end of a line")
    } else if !text.chars().all(|character| character.is_ascii_graphic()) {
        Some("a blank, or a character that is not ASCII")
    } else {
        None
    }
}

fn check_variables(options: &AwsOptions) -> Result<(), InvalidConfiguration> {
    let mut names: Vec<_> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("AWS_"))
        .collect();
    names.sort();
    for name in names {
        let what = match env::var(&name) {
            Err(VarError::NotUnicode(_)) => Some("what is not UTF-8"),
            Ok(value) if IN_HEADERS.contains(&name.as_str()) => unfit_for_header(&value),
            Ok(value) if value.contains(char::is_control) => {
                Some("a control character, such as the end of a line")
            }
            _ => None,
        };
        if let Some(what) = what {
            return Err(InvalidConfiguration::Variable { name, what });
        }
    }
    if options.profile.is_some() {
        return Ok(());
    }
    let half = |given, missing| Err(InvalidConfiguration::Half { given, missing });
    match (is_set(KEY), is_set(SECRET_KEY)) {
        (true, false) => half(KEY, SECRET_KEY),
        (false, true) => half(SECRET_KEY, KEY),
        (true, true) => Ok(()),
        (false, false) => match value(TOKEN_FILE).map(PathBuf::from) {
            Some(path) if !path.exists() => Err(InvalidConfiguration::NoSuchFile {
                variable: TOKEN_FILE,
                path,
            }),
            _ => Ok(()),
        },
    }
}

fn value(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_set(name: &str) -> bool {
    value(name).is_some()
}

fn unreadable(path: &Path, reason: &str) -> InvalidConfiguration {
    InvalidConfiguration::ProfileFile {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_parts_of_host_names() {
        for region in ["us-east-1", "RegionOne", "garage"] {
            check_region(region).unwrap();
        }
        for region in ["", "us east", "us-east-1\n", "-x", "eu_west_1", "ü"] {
            let text = check_region(region).unwrap_err().to_string();
            assert!(text.contains("such as us-east-1"), "{text}");
        }
    }

    #[test]
    fn header_takes_visible_ascii_only() {
        assert_eq!(unfit_for_header("AKIA/+="), None);
        for text in ["AKIA\r", "a\0b", "AKIA ", "clé"] {
            assert!(unfit_for_header(text).is_some(), "{text:?}");
        }
    }
}
