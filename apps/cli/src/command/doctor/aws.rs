//! Checks the AWS credentials, and the database credentials that come from AWS.

use std::env;

use cusip_aws::{AwsOptions, Identity, IdentityError, InvalidConfiguration};
use cusip_config::{Authentication, DatabaseSettings, FileSettings};
use cusip_connect::ConnectOptions;
use tokio::time::timeout;

use super::report::{Finding, LIMIT, Report, timed_out, with_time_limit};
use crate::arguments::DoctorArguments;
use crate::exit::ExitStatus;

const SECTION: &str = "credentials";

/// STS answers in any region, and in this one for every account.
const ANY_REGION: &str = "us-east-1";

/// If one of these is set, a server that is not Amazon's may have an STS too.
const STS_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"];

const UNKNOWN_ADVICE: &str = "for AWS, let this machine reach STS, in a private subnet through a VPC endpoint for sts; S3-compatible servers may have no STS, and need none";

/// The result of looking for AWS credentials.
#[derive(Debug)]
pub(super) struct AwsCredentials {
    /// `None` if the settings need no AWS.
    found: Option<Result<Owner, Problem>>,
    /// The profile to log in with, if one is set.
    profile: Option<String>,
    /// The exit status of a load without credentials.
    exit: ExitStatus,
}

#[derive(Debug)]
enum Owner {
    Known(Identity),
    /// The credentials are for a server that is not Amazon's, so Amazon was not asked. Holds where
    /// they were found.
    NotAsked(String),
}

#[derive(Debug)]
enum Problem {
    Invalid(InvalidConfiguration),
    Identity(IdentityError),
    OutOfTime,
}

/// Looks for AWS credentials if the files or the database need them, and asks AWS whose they are.
pub(super) async fn find_credentials(arguments: &DoctorArguments) -> AwsCredentials {
    let bucket = match &arguments.files {
        FileSettings::Bucket(bucket) => Some(bucket),
        FileSettings::Folder(_) => None,
    };
    let for_database = uses_aws(&arguments.database);
    let exit = match bucket {
        Some(_) => ExitStatus::Failed,
        None => ExitStatus::Database,
    };
    if bucket.is_none() && !for_database {
        return AwsCredentials {
            found: None,
            profile: None,
            exit,
        };
    }
    let is_elsewhere = bucket.is_some_and(|bucket| bucket.endpoint.is_some())
        && !for_database
        && STS_ENDPOINTS
            .into_iter()
            .all(|name| env::var_os(name).is_none());
    let region = bucket.and_then(|bucket| bucket.region.clone());
    let asked = timeout(LIMIT, owner(region, is_elsewhere));
    let found = match asked.await {
        Ok(answer) => answer,
        Err(_) => Err(Problem::OutOfTime),
    };
    AwsCredentials {
        found: Some(found),
        profile: cusip_aws::login_profile(&AwsOptions::default()).await,
        exit,
    }
}

async fn owner(region: Option<String>, is_elsewhere: bool) -> Result<Owner, Problem> {
    let options = AwsOptions::default().with_region(region);
    let mut configuration = cusip_aws::load(&options).await.map_err(Problem::Invalid)?;
    if configuration.region().is_none() {
        let options = options.with_region(Some(ANY_REGION.to_owned()));
        configuration = cusip_aws::load(&options).await.map_err(Problem::Invalid)?;
    }
    if is_elsewhere {
        let found_in = cusip_aws::found_in(&configuration).await;
        return found_in.map(Owner::NotAsked).map_err(Problem::Identity);
    }
    let identity = cusip_aws::identity(&configuration).await;
    identity.map(Owner::Known).map_err(Problem::Identity)
}

/// Returns the name of the variable whose proxy leads to the bucket, if there is one.
pub(super) fn proxy_variable(files: &FileSettings) -> Option<&'static str> {
    match files {
        FileSettings::Bucket(bucket) => cusip_aws::proxy_variable(bucket.endpoint.as_deref()),
        FileSettings::Folder(_) => None,
    }
}

/// Fetches the database credentials if they come from AWS. Returns whether connecting is possible.
pub(super) async fn check_database_credentials(
    settings: &DatabaseSettings,
    options: &ConnectOptions,
    aws: &AwsCredentials,
    report: &mut Report<'_>,
) -> bool {
    if !uses_aws(settings) {
        return true;
    }
    let (section, check, done) = match (settings.auth, &settings.secret_arn) {
        (Authentication::Password, Some(secret)) => {
            let done = format!("the secret {secret:?} was read and has a password");
            ("secret", "read", done)
        }
        _ => (SECTION, "token", "a token was signed".to_owned()),
    };
    if !aws.are_usable() {
        report.add(section, check, Finding::skipped("no AWS credentials"));
        return false;
    }
    let asked = async {
        let asked = options.check_credentials().await;
        asked.map_err(anyhow::Error::from_boxed)
    };
    let asked = with_time_limit(ExitStatus::Database, asked).await;
    let works = asked.is_ok();
    let finding = match asked {
        Ok(()) => Finding::ok(done),
        Err(finding) => finding.with_exit(ExitStatus::Database),
    };
    report.add(section, check, finding);
    works
}

impl AwsCredentials {
    /// Returns whether there are credentials, or none are needed.
    pub(super) fn are_usable(&self) -> bool {
        let missing = Problem::is_missing;
        !matches!(&self.found, Some(Err(problem)) if missing(problem))
    }

    pub(super) fn are_needed(&self) -> bool {
        self.found.is_some()
    }

    /// Returns how many seconds the AWS clock is ahead of this machine's, if AWS answered.
    pub(super) fn clock_ahead_seconds(&self) -> Option<i64> {
        match self.found.as_ref()? {
            Ok(Owner::Known(identity)) => identity.clock_ahead_seconds,
            Ok(Owner::NotAsked(_)) => None,
            Err(Problem::Identity(IdentityError::NotAnswered {
                clock_ahead_seconds,
                ..
            })) => *clock_ahead_seconds,
            Err(_) => None,
        }
    }

    /// Reports who owns the credentials. If that is unknown, it is a failure only if the bucket
    /// refused them too.
    pub(super) fn report(&self, bucket_refused: bool, report: &mut Report<'_>) {
        let Some(found) = &self.found else {
            return;
        };
        let finding = match found {
            Ok(Owner::NotAsked(found_in)) => Finding::ok(format!(
                "from {found_in}; Amazon is not asked whose they are, since the bucket is on another server"
            )),
            Ok(Owner::Known(identity)) => {
                let Identity {
                    account,
                    arn,
                    found_in,
                    ..
                } = identity;
                Finding::ok(format!("account {account} as {arn}, from {found_in}"))
            }
            Err(problem) => problem.finding(self.exit, bucket_refused, self.profile.as_deref()),
        };
        report.add(SECTION, "AWS", finding);
    }
}

impl Problem {
    fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Invalid(_) | Self::Identity(IdentityError::NoCredentials { .. })
        )
    }

    fn finding(&self, exit: ExitStatus, bucket_refused: bool, profile: Option<&str>) -> Finding {
        let (detail, advice) = match self {
            Self::Invalid(problem) => {
                let problem = anyhow::Error::msg(problem.to_string());
                return Finding::of_error(&problem).with_exit(ExitStatus::Usage);
            }
            Self::Identity(IdentityError::NoCredentials { reason }) => {
                let detail = format!("no usable credentials were found: {reason}");
                return Finding::failed(exit, detail, log_in(profile));
            }
            Self::Identity(IdentityError::NotAnswered {
                found_in, reason, ..
            }) => (
                format!("from {found_in}, but AWS could not confirm whose they are: {reason}"),
                UNKNOWN_ADVICE,
            ),
            Self::Identity(error) => (error.to_string(), UNKNOWN_ADVICE),
            Self::OutOfTime if bucket_refused => return timed_out(exit),
            Self::OutOfTime => return timed_out(exit).into_warning(),
        };
        if bucket_refused {
            Finding::failed(exit, detail, log_in(profile))
        } else {
            Finding::warning(detail, advice)
        }
    }
}

fn uses_aws(settings: &DatabaseSettings) -> bool {
    let secret = settings.secret_arn.as_ref();
    let has_secret = secret.is_some_and(|secret| !secret.is_empty());
    settings.embedded.is_none() && (has_secret || settings.auth == Authentication::Iam)
}

fn log_in(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!(
            "run `aws sso login --profile {profile}` if that profile has SSO, otherwise fix it in ~/.aws/config"
        ),
        None => "run `aws sso login --profile NAME` and set AWS_PROFILE to NAME, set AWS_ACCESS_KEY_ID and its secret, or give the ECS task a task role".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(error: IdentityError, bucket_refused: bool) -> String {
        let finding = Problem::Identity(error).finding(ExitStatus::Failed, bucket_refused, None);
        let finding = serde_json::to_value(finding).unwrap();
        finding["status"].as_str().unwrap().to_owned()
    }

    fn not_answered() -> IdentityError {
        IdentityError::NotAnswered {
            found_in: "EnvironmentVariable".to_owned(),
            reason: "501".to_owned(),
            clock_ahead_seconds: None,
        }
    }

    #[test]
    fn silent_sts_is_a_warning_unless_the_bucket_refuses_too() {
        assert_eq!(status(not_answered(), false), "warning");
        assert_eq!(status(not_answered(), true), "failed");
    }

    #[test]
    fn missing_credentials_are_a_failure() {
        let reason = "no provider has any".to_owned();
        let missing = IdentityError::NoCredentials { reason };
        assert_eq!(status(missing, false), "failed");
    }
}
