//! The strip of the last thirty days by status, which operators look at every morning.

use cusip_jobs::JobStatus;
use cusip_pif::Date;
use cusip_postgres::LoadedDay;
use maud::{Markup, html};

use super::{Overview, has_failed, loaded_kinds};
use crate::console::wording::{counted, is_business_day, job_status, long_day, weekday_letter};

/// How a day looks: its class, its symbol, and what it means.
struct Look {
    class: &'static str,
    symbol: &'static str,
    meaning: String,
}

/// The explanation of the symbols.
const LEGEND: [(&str, &str, &str); 7] = [
    ("good", "✓", "loaded"),
    ("warning", "!", "loaded, but the last job failed"),
    ("warning", "◐", "partly loaded"),
    ("bad", "✕", "failed"),
    ("canceled", "–", "canceled"),
    ("missing", "○", "business day without a load"),
    ("weekend", "·", "weekend"),
];

impl Overview {
    pub(super) fn strip(&self) -> Markup {
        let days: Vec<_> = self
            .calendar()
            .map(|date| (date, self.look(date)))
            .collect();
        let missing = days
            .iter()
            .filter(|(_, look)| look.class == "missing")
            .count();
        html! {
            section aria-labelledby="strip-title" {
                div.heading {
                    h2 #strip-title { "Last thirty days" }
                    @if missing > 0 { span.hint { (counted(missing as u64, "business day")) " without a load" } }
                }
                ol.strip {
                    @for (date, look) in &days {
                        li.(look.class) title={ (long_day(*date)) ": " (look.meaning) } {
                            span.weekday aria-hidden="true" { (weekday_letter(*date)) }
                            @if self.day(*date).is_some() {
                                a href={ "/console/jobs?date=" (date) } aria-label={ (long_day(*date)) ": " (look.meaning) } { (look.symbol) }
                            } @else {
                                span.symbol role="img" aria-label={ (long_day(*date)) ": " (look.meaning) } { (look.symbol) }
                            }
                            span.date aria-hidden="true" { (date.day()) }
                        }
                    }
                }
                ul.legend aria-label="Symbols" {
                    @for (class, symbol, meaning) in LEGEND {
                        li { span.swatch.(class) aria-hidden="true" { (symbol) } " " (meaning) }
                    }
                }
            }
        }
    }

    fn look(&self, date: Date) -> Look {
        let Some(day) = self.day(date) else {
            let (class, symbol, meaning) = match (is_business_day(date), date == self.today) {
                (true, true) => ("pending", "○", "not loaded yet"),
                (true, false) => ("missing", "○", "no load"),
                (false, _) => ("weekend", "·", "weekend, no load"),
            };
            let meaning = meaning.to_owned();
            return Look {
                class,
                symbol,
                meaning,
            };
        };
        let (class, symbol, outcome) = look_of(day);
        let meaning = format!("{outcome}, {}", counted(day.jobs, "job"));
        Look {
            class,
            symbol,
            meaning,
        }
    }
}

fn look_of(day: &LoadedDay) -> (&'static str, &'static str, String) {
    let status = job_status(day.last_status).to_lowercase();
    match (loaded_kinds(day), day.last_status) {
        (3, last) if has_failed(last) => ("warning", "!", format!("loaded, last job {status}")),
        (3, _) => ("good", "✓", "loaded".to_owned()),
        (_, JobStatus::Running) => ("running", "●", status),
        (1 | 2, _) => ("warning", "◐", format!("partly loaded, last job {status}")),
        (_, JobStatus::Cancelled) => ("canceled", "–", status),
        (_, JobStatus::Succeeded) => ("warning", "◐", "nothing loaded".to_owned()),
        _ => ("bad", "✕", status),
    }
}
