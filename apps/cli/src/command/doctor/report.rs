//! The report: one line per check, with its result and what to do.

use std::time::Duration;

use cusip_config::hint;
use cusip_jobs::error_chain;
use serde::Serialize;
use serde_json::json;
use tokio::time::timeout;

use crate::arguments::flag;
use crate::exit::{self, ExitStatus};
use crate::output::Output;

/// The time limit of a check. The operations that it tries have shorter limits, and retries.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// Why a check that needs another check's result is skipped.
pub(super) const EARLIER_FAILURE: &str = "an earlier check failed";

const CHECK_WIDTH: usize = 13;

/// All checks, in the order in which they ran.
#[derive(Debug)]
pub(super) struct Report<'a> {
    output: &'a Output,
    checks: Vec<Check>,
    /// How many checks were printed.
    shown: usize,
}

/// A check and its result.
#[derive(Debug, Serialize)]
struct Check {
    section: &'static str,
    check: &'static str,
    #[serde(flatten)]
    finding: Finding,
}

/// The result of a check, and what to do about it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    status: Status,
    detail: String,
    advice: Option<String>,
    /// Whether the only problem is that files may still come.
    #[serde(skip)]
    is_pending: bool,
    /// The exit status of a load that has this problem.
    #[serde(skip)]
    exit: ExitStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warning,
    Failed,
    Skipped,
}

impl<'a> Report<'a> {
    pub(super) const fn new(output: &'a Output) -> Self {
        Self {
            output,
            checks: Vec::new(),
            shown: 0,
        }
    }

    pub(super) fn add(&mut self, section: &'static str, check: &'static str, finding: Finding) {
        self.checks.push(Check {
            section,
            check,
            finding,
        });
    }

    /// Prints the new checks, unless the output is JSON.
    pub(super) fn show(&mut self) -> anyhow::Result<()> {
        if self.output.is_json() {
            return Ok(());
        }
        let mut section = match self.shown {
            0 => "",
            shown => self.checks[shown - 1].section,
        };
        for check in &self.checks[self.shown..] {
            if check.section != section {
                section = check.section;
                self.output.text(section)?;
            }
            self.output.text(&check.text())?;
        }
        self.shown = self.checks.len();
        Ok(())
    }

    /// Prints the summary or the JSON document, and returns the exit status that a load would have.
    pub(super) fn finish(mut self) -> anyhow::Result<ExitStatus> {
        self.show()?;
        let count = |status| {
            let findings = self.checks.iter().map(|check| check.finding.status);
            findings.filter(|found| *found == status).count()
        };
        let (failed, warnings) = (count(Status::Failed), count(Status::Warning));
        if self.output.is_json() {
            let document = json!({"ok": failed == 0, "checks": self.checks});
            self.output.document(&document)?;
        } else {
            let is_pending = self.checks.iter().any(|check| check.finding.is_pending);
            let outcome = match failed {
                0 if is_pending => "work once the day's files are there",
                0 => "work",
                _ => "fail",
            };
            self.output.text(&format!(
                "a load would {outcome}: {failed} failed, {}",
                match warnings {
                    1 => "1 warning".to_owned(),
                    warnings => format!("{warnings} warnings"),
                }
            ))?;
        }
        let mut findings = self.checks.iter().map(|check| &check.finding);
        let first = findings.find(|finding| finding.status == Status::Failed);
        Ok(first.map_or(ExitStatus::Done, |failed| failed.exit))
    }
}

impl Check {
    fn text(&self) -> String {
        let status = match self.finding.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failed => "FAILED",
            Status::Skipped => "skipped",
        };
        let (check, detail) = (self.check, &self.finding.detail);
        let mut text = format!("  {status:7}  {check:CHECK_WIDTH$}  {detail}");
        if let Some(advice) = &self.finding.advice {
            text.push_str(&format!("\n  {:7}  {:CHECK_WIDTH$}  -> {advice}", "", ""));
        }
        text
    }
}

impl Finding {
    pub(super) fn ok(detail: impl Into<String>) -> Self {
        Self::new(Status::Ok, detail.into(), None, ExitStatus::Done)
    }

    pub(super) fn warning(detail: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into());
        Self::new(Status::Warning, detail.into(), advice, ExitStatus::Done)
    }

    pub(super) fn failed(
        exit: ExitStatus,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(Status::Failed, detail.into(), Some(advice.into()), exit)
    }

    pub(super) fn skipped(reason: impl Into<String>) -> Self {
        Self::new(Status::Skipped, reason.into(), None, ExitStatus::Done)
    }

    /// Splits an error from one of our crates into a problem and advice.
    ///
    /// Their messages say what is wrong and, after a semicolon, what to do.
    pub(super) fn of_error(error: &anyhow::Error) -> Self {
        let own_text = error.to_string();
        let text = error_chain(error.as_ref());
        let causes = text.strip_prefix(&own_text).unwrap_or_default();
        let (problem, mut advice) = match own_text.split_once("; ") {
            Some((problem, advice)) => (problem, vec![format!("{advice}{}", allowing_flag(error))]),
            None => (&*own_text, Vec::new()),
        };
        advice.extend(hint(error.as_ref()).map(str::to_owned));
        let advice = (!advice.is_empty()).then(|| advice.join("; "));
        let exit = exit::of_error(error);
        Self::new(Status::Failed, format!("{problem}{causes}"), advice, exit)
    }

    /// Turns a failure into a warning, because a load may work anyway.
    pub(super) fn into_warning(mut self) -> Self {
        self.status = Status::Warning;
        self
    }

    /// Turns a failure into a warning, because the day's files may still come.
    pub(super) fn into_pending(self) -> Self {
        Self {
            is_pending: true,
            ..self.into_warning()
        }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }

    pub(super) fn with_exit(mut self, exit: ExitStatus) -> Self {
        self.exit = exit;
        self
    }

    /// Adds advice, unless the error itself has some.
    pub(super) fn or_advice(mut self, advice: &str) -> Self {
        self.advice.get_or_insert_with(|| advice.to_owned());
        self
    }

    /// Joins the lines of the detail: error messages of other programs may have several.
    fn new(status: Status, detail: String, advice: Option<String>, exit: ExitStatus) -> Self {
        let detail: Vec<_> = detail.lines().map(str::trim).collect();
        Self {
            status,
            detail: detail.join("; "),
            advice,
            is_pending: false,
            exit,
        }
    }
}

/// Returns the flag that would allow what was refused, in parentheses, if there is one.
fn allowing_flag(error: &anyhow::Error) -> String {
    let error = error.downcast_ref::<cusip_loader::Error>();
    let option = error.and_then(cusip_loader::Error::allowed_by);
    option.map_or_else(String::new, |option| format!(" ({})", flag(option)))
}

/// Runs one check within the time limit.
///
/// `exit` is the exit status of a load that gets no answer.
pub(super) async fn with_time_limit<T, E>(
    exit: ExitStatus,
    operation: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, Finding>
where
    T: Send,
    E: Into<anyhow::Error> + Send,
{
    match timeout(LIMIT, operation).await {
        Ok(outcome) => outcome.map_err(|error| Finding::of_error(&error.into())),
        Err(_) => Err(timed_out(exit)),
    }
}

pub(super) fn timed_out(exit: ExitStatus) -> Finding {
    let detail = format!("no answer within {} s", LIMIT.as_secs());
    let advice = "check the network, firewalls and proxies, and whether the server is overloaded";
    Finding::failed(exit, detail, advice)
}
