//! What was found, line by line.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tokio::time::timeout;

use crate::arguments::flag;
use crate::exit::{self, ExitStatus};
use crate::hint;
use crate::output::Output;

/// How long each line may take. What a line does has shorter limits of its own, and more than one try.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

const CHECK_WIDTH: usize = 13;

/// All lines, in the order in which they were tried.
#[derive(Debug)]
pub(super) struct Report<'a> {
    output: &'a Output,
    checks: Vec<Check>,
    shown: usize,
}

/// A line: what was tried, and what came of it.
#[derive(Debug, Serialize)]
struct Check {
    section: &'static str,
    check: &'static str,
    #[serde(flatten)]
    finding: Finding,
}

/// What came of a try, and what to do about it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    status: Status,
    detail: String,
    advice: Option<String>,
    /// Whether it is for want of files that may yet come.
    #[serde(skip)]
    is_pending: bool,
    /// What a load would end with because of it.
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

    /// Shows to people what has been found since.
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

    /// Shows the rest, or the document, and returns what a load would end with.
    pub(super) fn finish(mut self) -> anyhow::Result<ExitStatus> {
        self.show()?;
        let number = |status| {
            let findings = self.checks.iter().map(|check| check.finding.status);
            findings.filter(|found| *found == status).count()
        };
        let (failed, warnings) = (number(Status::Failed), number(Status::Warning));
        if self.output.is_json() {
            let document = json!({"ok": failed == 0, "checks": self.checks});
            self.output.document(&document)?;
        } else {
            let is_pending = self.checks.iter().any(|check| check.finding.is_pending);
            let works = match failed {
                0 if is_pending => "work once the day's files are there",
                0 => "work",
                _ => "fail",
            };
            self.output.text(&format!(
                "a load would {works}: {failed} failed, {}",
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

    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self::new(Status::Skipped, why.into(), None, ExitStatus::Done)
    }

    /// Takes an error of any of our crates apart, whose texts say what is wrong and, after a
    /// semicolon, what to do.
    pub(super) fn of_error(error: &anyhow::Error) -> Self {
        let mut texts: Vec<String> = error.chain().map(ToString::to_string).collect();
        texts.dedup();
        let mut advice = None;
        if let Some((problem, remedy)) = texts[0].split_once("; ") {
            let load_error = error.downcast_ref::<cusip_loader::Error>();
            let option = load_error
                .and_then(cusip_loader::Error::allowed_by)
                .map(flag);
            let option = option.map_or_else(String::new, |flag| format!(" ({flag})"));
            advice = Some(format!("{remedy}{option}"));
            texts[0] = problem.to_owned();
        }
        if let Some(hint) = hint::for_error(error) {
            advice =
                Some(advice.map_or_else(|| hint.to_owned(), |advice| format!("{advice}; {hint}")));
        }
        let exit = exit::of_error(error);
        Self::new(Status::Failed, texts.join(": "), advice, exit)
    }

    /// Makes a failure a warning, with which a load may work all the same.
    pub(super) fn softened(mut self) -> Self {
        self.status = Status::Warning;
        self
    }

    /// As above, until the day's files are there.
    pub(super) fn pending(self) -> Self {
        Self {
            is_pending: true,
            ..self.softened()
        }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }

    pub(super) fn with_exit(mut self, exit: ExitStatus) -> Self {
        self.exit = exit;
        self
    }

    /// Says what to do where the error itself does not.
    pub(super) fn or_advice(mut self, advice: &str) -> Self {
        self.advice.get_or_insert_with(|| advice.to_owned());
        self
    }

    /// What others say may have several lines, and each finding is one.
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

/// Waits for a try, but not for ever. `exit` is what a load would end with that gets no answer.
pub(super) async fn limited<T, E>(
    exit: ExitStatus,
    trying: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, Finding>
where
    T: Send,
    E: Into<anyhow::Error> + Send,
{
    match timeout(LIMIT, trying).await {
        Ok(outcome) => outcome.map_err(|error| Finding::of_error(&error.into())),
        Err(_) => Err(out_of_time(exit)),
    }
}

pub(super) fn out_of_time(exit: ExitStatus) -> Finding {
    let detail = format!("no answer within {} s", LIMIT.as_secs());
    let advice = "check the network, firewalls and proxies in between, and whether the other end is overloaded";
    Finding::failed(exit, detail, advice)
}
