//! Checks the settings.

use std::env;
use std::path::Path;
use std::sync::Arc;

use cusip_config::{
    Authentication, DatabaseSettings, FileSettings, known_variables, unknown_variables,
};
use cusip_connect::Pool;
use cusip_source::FileSource;

use super::aws;
use super::database::Target;
use super::report::{Finding, Report, with_time_limit};
use crate::arguments::DoctorArguments;
use crate::exit::ExitStatus;

const SECTION: &str = "settings";

const BUCKET_IGNORED: &str = "CUSIP_S3_BUCKET is set, but files are read from a folder";

/// The file source and the database that the settings name, if those settings are valid.
pub(super) struct ValidSettings {
    pub(super) source: Option<Arc<dyn FileSource>>,
    pub(super) target: Option<Target>,
}

pub(super) async fn check(arguments: &DoctorArguments, report: &mut Report<'_>) -> ValidSettings {
    let source = with_time_limit(
        ExitStatus::Failed,
        cusip_config::day_source(&arguments.files),
    )
    .await;
    let (source, finding) = match source {
        Ok(source) => {
            let finding = Finding::ok(describe_files(&arguments.files, &*source));
            (Some(source), finding)
        }
        Err(finding) => (None, finding),
    };
    report.add(SECTION, "files", finding);
    if arguments.files.ignores_bucket() {
        report.add(
            SECTION,
            "bucket",
            Finding::warning(BUCKET_IGNORED, cusip_config::USE_BUCKET),
        );
    }
    if let Some(variable) = aws::proxy_variable(&arguments.files) {
        let finding = Finding::ok(format!(
            "the bucket is reached through the proxy in {variable}"
        ));
        report.add(SECTION, "proxy", finding);
    }
    let (target, finding) = match &arguments.database.embedded {
        Some(folder) => {
            let location = folder.as_deref().map_or_else(
                || "its default folder".to_owned(),
                |folder| folder.display().to_string(),
            );
            let finding = Finding::ok(format!("an embedded server in {location}"));
            (Some(Target::Embedded), finding)
        }
        None => {
            let options = arguments.database.connect_options();
            match with_time_limit(ExitStatus::Database, options).await {
                Ok(options) => {
                    let location = Pool::new(options.clone()).place().to_owned();
                    let credentials = describe_credentials(&arguments.database);
                    let finding = Finding::ok(format!("{location}, {credentials}"));
                    (Some(Target::Options(options.into())), finding)
                }
                Err(finding) => (None, finding),
            }
        }
    };
    report.add(SECTION, "database", finding);
    report.add(SECTION, "variables", Finding::ok(variables()));
    for unknown in unknown_variables() {
        let advice = match &unknown.similar {
            Some(similar) => format!("rename it to {similar}, or unset it"),
            None => "unset it; `cusip load --help` lists the known ones".to_owned(),
        };
        let detail = format!("{} is not a known variable", unknown.name);
        report.add(SECTION, "unknown", Finding::warning(detail, advice));
    }
    ValidSettings { source, target }
}

fn describe_files(settings: &FileSettings, source: &dyn FileSource) -> String {
    let FileSettings::Bucket(bucket) = settings else {
        return format!("the folder {source}");
    };
    let mut text = source.to_string();
    if let Some(region) = &bucket.region {
        text.push_str(&format!(" in region {region}"));
    }
    if let Some(endpoint) = &bucket.endpoint {
        text.push_str(&format!(" at {endpoint}"));
    }
    text
}

fn describe_credentials(settings: &DatabaseSettings) -> String {
    let secret = settings.secret_arn.as_deref();
    let secret = secret.filter(|secret| !secret.is_empty());
    match (settings.auth, secret) {
        (Authentication::Iam, _) => "with tokens for RDS IAM authentication".to_owned(),
        (_, Some(secret)) => format!("with credentials from the secret {secret:?}"),
        _ if settings.database_url.is_some() => "with the credentials in --database-url".to_owned(),
        _ if settings.password.is_some() => "with a password".to_owned(),
        _ => "without a password".to_owned(),
    }
}

/// Lists the variables that are set, without their values, because some are secret.
fn variables() -> String {
    let set = known_variables().into_iter().filter(|name| {
        let value = env::var_os(name);
        value.is_some_and(|value| !value.is_empty())
    });
    let set: Vec<_> = set.collect();
    let set = match set.as_slice() {
        [] => "none set".to_owned(),
        set => format!("{} (flags override them)", set.join(", ")),
    };
    if Path::new(".env").is_file() {
        format!("{set}; .env in this folder was read")
    } else {
        format!("{set}; no .env in this folder")
    }
}
