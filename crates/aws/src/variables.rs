//! Checks the AWS variables before the SDK reads them.

use std::env::{self, VarError};
use std::path::PathBuf;

use crate::invalid::InvalidConfiguration;

const KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// These become part of a header. The SDK panics if a header cannot hold them.
const IN_HEADERS: [&str; 5] = [
    KEY,
    SECRET_KEY,
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];

/// If one of these is set, the SDK can find credentials without a profile.
const OTHER_PLACES: [&str; 4] = [
    KEY,
    TOKEN_FILE,
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Checks every `AWS_…` variable for characters that it cannot have.
pub(crate) fn check_characters() -> Result<(), InvalidConfiguration> {
    let mut names: Vec<_> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("AWS_"))
        .collect();
    names.sort();
    for name in names {
        let what = match env::var(&name) {
            Err(VarError::NotUnicode(_)) => Some("bytes that are not UTF-8"),
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
    Ok(())
}

/// Checks that an access key is complete, and that the file of a web identity exists.
pub(crate) fn check_credentials() -> Result<(), InvalidConfiguration> {
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

/// Checks a region, which becomes part of a host name.
pub(crate) fn check_region(region: &str) -> Result<(), InvalidConfiguration> {
    let is_in_names = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if region.is_empty() || region.starts_with('-') || !region.chars().all(is_in_names) {
        let region = region.to_owned();
        return Err(InvalidConfiguration::Region { region });
    }
    Ok(())
}

/// Returns whether the SDK finds credentials in the variables, without a profile.
pub(crate) fn name_credentials() -> bool {
    OTHER_PLACES.into_iter().any(is_set)
}

/// Describes what a header cannot hold, if the text contains such a thing.
pub(crate) fn unfit_for_header(text: &str) -> Option<&'static str> {
    if text.contains(char::is_control) {
        Some("a control character, such as the end of a line")
    } else if !text.chars().all(|character| character.is_ascii_graphic()) {
        Some("a blank, or a character that is not ASCII")
    } else {
        None
    }
}

/// Returns a variable's value, unless it is empty.
pub(crate) fn value(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_set(name: &str) -> bool {
    value(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_is_part_of_a_host_name() {
        for region in ["us-east-1", "RegionOne", "garage"] {
            check_region(region).unwrap();
        }
        for region in ["", "us east", "us-east-1\n", "-x", "eu_west_1", "ü"] {
            let text = check_region(region).unwrap_err().to_string();
            assert!(text.contains("such as us-east-1"), "{text}");
        }
    }

    #[test]
    fn header_holds_visible_ascii_only() {
        assert_eq!(unfit_for_header("AKIA/+="), None);
        for text in ["AKIA\r", "a\0b", "AKIA ", "clé"] {
            assert!(unfit_for_header(text).is_some(), "{text:?}");
        }
    }
}
