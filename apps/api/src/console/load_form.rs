//! The form that loads a day, with the options of the API.

use cusip_jobs::{Job, JobKind};
use cusip_pif::FileKind;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::session::Session;
use crate::load_params::{LoadBody, LoadDefaults, LoadParams};
use crate::problem::Problem;

/// What can be loaded, with its name in the form.
const CHOICES: [(JobKind, &str); 4] = [
    (JobKind::LoadAll, "All three files"),
    (JobKind::LoadIssuer, "Issuers only"),
    (JobKind::LoadIssue, "Issues only"),
    (JobKind::LoadIssueAttribute, "Issue attributes only"),
];

/// The fields of the form, as the user entered them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LoadForm {
    pub(super) csrf: Option<String>,
    date: String,
    kind: String,
    max_rejects: String,
    max_age_days: String,
    allow_partial: Option<Checked>,
    allow_older: Option<Checked>,
    force: Option<Checked>,
}

/// A checkbox that is checked: browsers leave out the others.
#[derive(Debug, Clone, Copy, Deserialize)]
enum Checked {
    #[serde(rename = "on")]
    On,
}

impl LoadForm {
    /// Returns the form with the defaults of the server.
    pub(super) fn new(date: String, defaults: &LoadDefaults) -> Self {
        Self {
            date,
            kind: JobKind::LoadAll.to_string(),
            max_rejects: defaults.options.max_rejects.to_string(),
            max_age_days: defaults.options.max_age_days.to_string(),
            ..Self::default()
        }
    }

    /// Returns the form that loads what a job has loaded, or should have, with the same options. `None` if
    /// its files were named one by one.
    pub(super) fn again(job: &Job, defaults: &LoadDefaults) -> Option<Self> {
        let is_day = CHOICES.iter().any(|(kind, _)| *kind == job.kind);
        let date = job.date.filter(|_| is_day)?;
        let mut form = Self::new(date.to_string(), defaults);
        form.kind = job.kind.to_string();
        let option = |name: &str| match job.options.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let is_set =
            |name: &str| (job.options.get(name) == Some(&Value::Bool(true))).then_some(Checked::On);
        form.max_rejects = option("max_rejects").unwrap_or(form.max_rejects);
        form.max_age_days = option("max_age_days").unwrap_or(form.max_age_days);
        form.allow_partial = is_set("allow_partial");
        form.allow_older = is_set("allow_older");
        form.force = is_set("force");
        Some(form)
    }

    /// Returns what to load, checked by the same rules as the body of a request to the API.
    pub(super) fn params(&self, defaults: &LoadDefaults) -> Result<LoadParams, Problem> {
        let kind = match self.kind.parse() {
            Ok(JobKind::LoadIssuer) => Some(FileKind::Issuer),
            Ok(JobKind::LoadIssue) => Some(FileKind::Issue),
            Ok(JobKind::LoadIssueAttribute) => Some(FileKind::IssueAttribute),
            Ok(JobKind::LoadAll) => None,
            _ => {
                let detail = format!("{:?} is not a choice of files", self.kind);
                return Err(Problem::bad_request(detail));
            }
        };
        let mut body = Map::new();
        let mut add = |name: &str, value: Value| body.insert(name.to_owned(), value);
        add("date", self.date.trim().into());
        add("max_rejects", number(&self.max_rejects));
        add("max_age_days", number(&self.max_age_days));
        add("allow_partial", self.allow_partial.is_some().into());
        add("allow_older", self.allow_older.is_some().into());
        add("force", self.force.is_some().into());
        let body: LoadBody = serde_json::from_value(Value::Object(body))
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        Ok(body.into_params(kind, defaults))
    }

    /// Shows the form, with what is wrong with it.
    pub(super) fn show(&self, session: &Session, button: &str, wrong: Option<&str>) -> Markup {
        html! {
            form.card.load method="post" action="/console/jobs" {
                (session.csrf_field())
                @if let Some(wrong) = wrong {
                    p.notice.bad role="alert" { (wrong) }
                }
                div.fields {
                    div {
                        label for="date" { "Day" }
                        input #date type="date" name="date" value=(self.date) required;
                    }
                    div {
                        label for="kind" { "Files" }
                        select #kind name="kind" {
                            @for (kind, name) in CHOICES {
                                option value=(kind) selected[self.kind == kind.name()] { (name) }
                            }
                        }
                    }
                    div {
                        label for="max_rejects" { "Allowed rejects" }
                        input #max_rejects name="max_rejects" value=(self.max_rejects) size="8"
                            aria-describedby="max_rejects-hint";
                        p.hint #max_rejects-hint { "A number, or a share such as 0.5%" }
                    }
                    div {
                        label for="max_age_days" { "Maximum age in days" }
                        input #max_age_days name="max_age_days" value=(self.max_age_days) size="8"
                            inputmode="numeric" aria-describedby="max_age_days-hint";
                        p.hint #max_age_days-hint { "0 allows files of any age" }
                    }
                }
                fieldset {
                    legend { "Only if you mean it" }
                    (checkbox("allow_partial", self.allow_partial.is_some(), "Load what is there, even if files are missing"))
                    (checkbox("allow_older", self.allow_older.is_some(), "Load an older day over a newer one"))
                    (checkbox("force", self.force.is_some(), "Load files again that were loaded before"))
                }
                button.primary type="submit" { (button) }
            }
        }
    }
}

fn checkbox(name: &str, is_checked: bool, label: &str) -> Markup {
    html! {
        label.checkbox {
            input type="checkbox" name=(name) checked[is_checked];
            " " (label)
        }
    }
}

/// Returns digits as a number, and everything else as a string: the API's rules say what is wrong with it.
/// An empty field stands for the default.
fn number(text: &str) -> Value {
    let text = text.trim();
    match text.parse::<u64>() {
        _ if text.is_empty() => Value::Null,
        Ok(number) => Value::Number(Number::from(number)),
        Err(_) => text.into(),
    }
}
