//! Stands in for `aws.rs` in a build without the feature `aws`. The check of the settings already says
//! which of them need AWS.

use cusip_config::{DatabaseSettings, FileSettings};
use cusip_connect::ConnectOptions;

use super::report::Report;
use crate::arguments::DoctorArguments;

#[derive(Debug)]
pub(super) struct AwsCredentials;

pub(super) async fn find_credentials(_: &DoctorArguments) -> AwsCredentials {
    AwsCredentials
}

pub(super) fn proxy_variable(_: &FileSettings) -> Option<&'static str> {
    None
}

pub(super) async fn check_database_credentials(
    _: &DatabaseSettings,
    _: &ConnectOptions,
    _: &AwsCredentials,
    _: &mut Report<'_>,
) -> bool {
    true
}

impl AwsCredentials {
    pub(super) fn are_usable(&self) -> bool {
        true
    }

    pub(super) fn are_needed(&self) -> bool {
        false
    }

    pub(super) fn clock_ahead_seconds(&self) -> Option<i64> {
        None
    }

    pub(super) fn report(&self, _bucket_refused: bool, _: &mut Report<'_>) {}
}
