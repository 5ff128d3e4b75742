//! Which profiles there are, by the headings of the profile files.

use std::env;
use std::path::PathBuf;

use crate::invalid::InvalidConfiguration;
use crate::options::AwsOptions;

const CONFIG: &str = "~/.aws/config";
const CREDENTIALS: &str = "~/.aws/credentials";
const MOST_NAMED: usize = 10;

/// A file that profiles are read from.
pub(crate) struct ProfileFile {
    pub(crate) path: PathBuf,
    /// The variable that names it, if one does.
    pub(crate) variable: Option<&'static str>,
    /// Whether headings have the word `profile`.
    has_word: bool,
}

/// The names that the files have.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    names: Vec<String>,
    /// Headings without the word `profile` in a file that wants it, with the file.
    wordless: Vec<(String, PathBuf)>,
}

/// Returns the files that the SDK reads.
pub(crate) fn files(options: &AwsOptions) -> Vec<ProfileFile> {
    if let Some(path) = &options.profile_file {
        return vec![ProfileFile {
            path: path.clone(),
            variable: None,
            has_word: true,
        }];
    }
    let of = |variable: &'static str, usual: &str, has_word| {
        let named = env::var(variable).ok().filter(|path| !path.is_empty());
        let variable = named.is_some().then_some(variable);
        let path = in_home(&named.unwrap_or_else(|| usual.to_owned()))?;
        Some(ProfileFile {
            path,
            variable,
            has_word,
        })
    };
    let config = of("AWS_CONFIG_FILE", CONFIG, true);
    let credentials = of("AWS_SHARED_CREDENTIALS_FILE", CREDENTIALS, false);
    config.into_iter().chain(credentials).collect()
}

impl Profiles {
    pub(crate) fn add(&mut self, text: &str, file: &ProfileFile) {
        for line in text.lines() {
            let heading = line.trim_start().strip_prefix('[');
            let Some((heading, _)) = heading.and_then(|rest| rest.split_once(']')) else {
                continue;
            };
            let heading = heading.trim();
            let (word, name) = match heading.split_once(char::is_whitespace) {
                Some((word, name)) => (Some(word), name.trim()),
                None => (None, heading),
            };
            let name = name.trim_matches(['"', '\'']).to_owned();
            match (file.has_word, word) {
                (true, Some("profile")) => self.names.push(name),
                (true, None) if name != "default" => self.wordless.push((name, file.path.clone())),
                (_, None) => self.names.push(name),
                (_, Some(_)) => {}
            }
        }
    }

    /// Makes sure that there is a profile of this name.
    pub(crate) fn check(&self, profile: &str) -> Result<(), InvalidConfiguration> {
        // Not to have one is to have an empty one of this name.
        if profile == "default" || self.names.iter().any(|name| name == profile) {
            return Ok(());
        }
        let wordless = self.wordless.iter().find(|(name, _)| name == profile);
        let advice = match wordless {
            Some((_, path)) => {
                format!("{path:?} has [{profile}]: write [profile {profile}] there")
            }
            None => {
                let names: Vec<_> = self.names.iter().map(String::as_str).collect();
                match names.get(..names.len().min(MOST_NAMED)) {
                    Some([]) | None => format!(
                        "no profile is in {CONFIG} or {CREDENTIALS}, or in what AWS_CONFIG_FILE names: make it with `aws configure sso --profile {profile}`, or correct AWS_PROFILE"
                    ),
                    Some(names) => format!("correct AWS_PROFILE: there is {}", names.join(", ")),
                }
            }
        };
        Err(InvalidConfiguration::NoSuchProfile {
            profile: profile.to_owned(),
            advice,
        })
    }
}

fn in_home(path: &str) -> Option<PathBuf> {
    match path.strip_prefix("~/") {
        Some(rest) => env::home_dir().map(|home| home.join(rest)),
        None => Some(PathBuf::from(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(text: &str, has_word: bool) -> Profiles {
        let file = ProfileFile {
            path: PathBuf::from("/home/ada/.aws/config"),
            variable: None,
            has_word,
        };
        let mut profiles = Profiles::default();
        profiles.add(text, &file);
        profiles
    }

    #[test]
    fn headings_are_read_as_their_file_has_them() {
        let config = "[default]\n[profile dev]\nregion = x\n [ profile \"two words\" ] # no\n[sso-session s]\n[services t]\n";
        let found = profiles(config, true);
        assert_eq!(found.names, ["default", "dev", "two words"]);
        found.check("dev").unwrap();
        let found = profiles("[dev]\n[default]\n", false);
        assert_eq!(found.names, ["dev", "default"]);
    }

    #[test]
    fn missing_profile_is_told_with_what_there_is() {
        let error = profiles("[profile dev]\n", true).check("prod").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("\"prod\" does not exist"), "{text}");
        assert!(text.contains("there is dev"), "{text}");
        let error = profiles("[prod]\n", true).check("prod").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("write [profile prod] there"), "{text}");
        let error = profiles("", true).check("prod").unwrap_err();
        assert!(error.to_string().contains("aws configure sso"), "{error}");
        profiles("", true).check("default").unwrap();
    }
}
