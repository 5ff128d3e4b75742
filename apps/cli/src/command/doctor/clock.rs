//! Checks this machine's clock.

use super::report::{Finding, Report};
use crate::exit::ExitStatus;

const SECTION: &str = "clock";

/// The largest clock difference at which AWS accepts a signature.
const MAX_DIFFERENCE_SECONDS: f64 = 300.0;

const ADVICE: &str = "correct the clock that is wrong, and keep it synchronized with NTP (systemd-timesyncd or chrony)";

/// Reports how many seconds the clocks of AWS and the database are ahead of this machine's.
///
/// The AWS clock is right. If it is known, a wrong database clock is only a warning.
pub(super) fn check(
    aws: Option<i64>,
    database: Option<f64>,
    signs_requests: bool,
    report: &mut Report<'_>,
) {
    for (check, finding) in findings(aws, database, signs_requests) {
        report.add(SECTION, check, finding);
    }
}

fn findings(
    aws: Option<i64>,
    database: Option<f64>,
    signs_requests: bool,
) -> Vec<(&'static str, Finding)> {
    let of_aws = aws.map(|ahead| ("AWS", finding("AWS", ahead as f64, signs_requests)));
    let is_only_reference = signs_requests && aws.is_none();
    let of_database = match database {
        Some(ahead) => finding("the database", ahead, is_only_reference),
        None => Finding::skipped("no connection to the database"),
    };
    of_aws
        .into_iter()
        .chain([("database", of_database)])
        .collect()
}

fn finding(other: &str, ahead: f64, is_failure: bool) -> Finding {
    let difference = format!(
        "the clocks of this machine and {other} differ by {:.0} s",
        ahead.abs()
    );
    if ahead.abs() <= MAX_DIFFERENCE_SECONDS {
        return Finding::ok(difference);
    }
    let direction = if ahead > 0.0 { "behind" } else { "ahead" };
    let detail = format!("{difference}: this one is {direction}, or the other is wrong");
    if is_failure {
        let detail = format!("{detail}; AWS rejects signatures that are this far off");
        Finding::failed(ExitStatus::Failed, detail, ADVICE)
    } else {
        Finding::warning(detail, ADVICE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(aws: Option<i64>, database: Option<f64>, signs_requests: bool) -> Vec<String> {
        let findings = findings(aws, database, signs_requests).into_iter();
        findings
            .map(|(_, finding)| {
                serde_json::to_value(finding).unwrap()["status"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn more_than_five_minutes_fail_only_if_requests_are_signed() {
        assert_eq!(statuses(None, Some(-300.0), true), ["ok"]);
        assert_eq!(statuses(None, Some(-301.0), true), ["failed"]);
        assert_eq!(statuses(None, Some(301.0), true), ["failed"]);
        assert_eq!(statuses(None, Some(301.0), false), ["warning"]);
        assert_eq!(statuses(Some(301), None, true), ["failed", "skipped"]);
    }

    #[test]
    fn clock_of_aws_decides_over_that_of_the_database() {
        assert_eq!(statuses(Some(1), Some(9_999.0), true), ["ok", "warning"]);
        assert_eq!(statuses(Some(9_999), Some(1.0), true), ["failed", "ok"]);
    }
}
