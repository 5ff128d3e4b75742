//! Whether this machine's clock can be trusted.

use super::report::{Finding, Report};
use crate::exit::ExitStatus;

const SECTION: &str = "clock";

/// What AWS puts up with in a signature's time.
const MOST_SECONDS: f64 = 300.0;

const ADVICE: &str =
    "set the clock that is wrong, and have it kept by NTP (systemd-timesyncd or chrony)";

/// Reports by how much the clocks of AWS and of the database are ahead of this machine's.
///
/// AWS knows the time: where it has told it, the database's clock decides nothing.
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
    let is_judge = signs_requests && aws.is_none();
    let of_database = match database {
        Some(ahead) => finding("the database", ahead, is_judge),
        None => Finding::skipped("no connection to the database"),
    };
    of_aws
        .into_iter()
        .chain([("database", of_database)])
        .collect()
}

fn finding(whose: &str, ahead: f64, is_judge: bool) -> Finding {
    let apart = format!("this machine and {whose} are {:.0} s apart", ahead.abs());
    if ahead.abs() <= MOST_SECONDS {
        return Finding::ok(apart);
    }
    let slow = if ahead > 0.0 { "behind" } else { "ahead" };
    let detail = format!("{apart}: this machine is {slow}, or the other is wrong");
    if is_judge {
        let detail = format!("{detail}; signatures are not accepted then");
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
    fn five_minutes_are_a_failure_for_signatures_alone() {
        assert_eq!(statuses(None, Some(-300.0), true), ["ok"]);
        assert_eq!(statuses(None, Some(-301.0), true), ["failed"]);
        assert_eq!(statuses(None, Some(301.0), true), ["failed"]);
        assert_eq!(statuses(None, Some(301.0), false), ["warning"]);
        assert_eq!(statuses(Some(301), None, true), ["failed", "skipped"]);
    }

    #[test]
    fn aws_tells_which_clock_is_wrong() {
        assert_eq!(statuses(Some(1), Some(9_999.0), true), ["ok", "warning"]);
        assert_eq!(statuses(Some(9_999), Some(1.0), true), ["failed", "ok"]);
    }
}
