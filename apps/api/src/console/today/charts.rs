//! Charts of the last thirty days: records by outcome, durations by phase, rejects by rule.

use std::collections::BTreeMap;

use cusip_jobs::{JobId, RowCounts};
use cusip_pif::Date;
use cusip_postgres::LoadedDay;
use maud::{Markup, html};

use super::Overview;
use crate::console::chart::{Bar, Part, columns, meter};
use crate::console::wording::{duration, number, visible};

type Count = fn(&RowCounts) -> u64;

/// The outcomes that the charts show, each on a scale of its own: millions of unchanged records would hide
/// a hundred changed ones.
const OUTCOMES: [(&str, &str, Count); 5] = [
    ("Inserted", "inserted", |counts| counts.inserted),
    ("Updated", "updated", |counts| counts.updated),
    ("Unchanged", "unchanged", |counts| counts.unchanged),
    ("Superseded", "superseded", |counts| counts.superseded),
    ("Rejected", "rejected", |counts| counts.rejected),
];

/// The phases of a file, in the order in which they run: how it is read depends on the load's strategy.
const PHASES: [(&str, &str, &str); 5] = [
    ("fill", "phase-read", "read into empty tables"),
    ("compare", "phase-compare", "read and compare"),
    ("copy", "phase-copy", "read and copy"),
    ("check", "phase-check", "check"),
    ("merge", "phase-merge", "merge"),
];

impl Overview {
    pub(super) fn charts(&self) -> Markup {
        html! {
            div.charts {
                section.card aria-labelledby="records-title" {
                    h2 #records-title { "Records by outcome" }
                    p.hint { "Each on its own scale, by day" }
                    (self.records())
                }
                section.card aria-labelledby="durations-title" {
                    h2 #durations-title { "Duration by phase" }
                    (self.durations())
                    h2 { "Rejects by rule" }
                    (self.rejects())
                }
            }
            details.table-of-charts {
                summary { "The numbers behind the charts" }
                (self.table())
            }
        }
    }

    fn records(&self) -> Markup {
        html! {
            div.multiples {
                @for (name, class, count) in OUTCOMES {
                    @let counts: Vec<_> = self.calendar().map(|date| (date, self.day(date).map_or(0, |day| count(&sum(day))))).collect();
                    @let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default();
                    div {
                        span.name { (name) }
                        (columns(&format!("{name} records by day, at most {}", number(most)), &bars(&counts, name, class)))
                        span.most { (number(most)) }
                    }
                }
            }
        }
    }

    fn durations(&self) -> Markup {
        let used = |key: &str| self.days.iter().any(|day| milliseconds(day, key) > 0);
        let bar = |date: Date| {
            let day = self.day(date);
            let of = |key: &str| day.map_or(0, |day| milliseconds(day, key));
            let parts = PHASES.map(|(key, class, _)| Part {
                class,
                value: of(key) as f64,
            });
            let total: u64 = PHASES.iter().map(|(key, ..)| of(key)).sum();
            let phases = PHASES.iter().filter(|(key, ..)| of(key) > 0);
            let phases: Vec<_> = phases
                .map(|(key, _, name)| format!("{name} {}", seconds(of(key))))
                .collect();
            Bar {
                parts: parts.into(),
                title: format!("{date}: {} ({})", seconds(total), phases.join(", ")),
            }
        };
        let bars: Vec<_> = self.calendar().map(bar).collect();
        let most = self
            .days
            .iter()
            .map(|day| {
                PHASES
                    .iter()
                    .map(|(key, ..)| milliseconds(day, key))
                    .sum::<u64>()
            })
            .max();
        let most = seconds(most.unwrap_or_default());
        html! {
            div.multiples.tall {
                div {
                    span.name { "All files" }
                    (columns(&format!("Duration of loads by day, at most {most}"), &bars))
                    span.most { (most) }
                }
            }
            ul.legend {
                @for (key, class, name) in PHASES {
                    @if used(key) { li { span.swatch.(class) aria-hidden="true" {} " " (name) } }
                }
            }
        }
    }

    fn rejects(&self) -> Markup {
        let rules = self.rules();
        let most = rules
            .iter()
            .map(|(_, (count, _))| *count)
            .max()
            .unwrap_or_default();
        html! {
            @if rules.is_empty() { p.empty { "No record was rejected." } }
            @else {
                ul.meters {
                    @for (rule, (count, job)) in &rules {
                        li {
                            code { (visible(rule)) }
                            (meter(*count, most))
                            span.count { (number(*count)) }
                            a href={ "/console/jobs/" (job) "#rejects" } { "job " (job) }
                        }
                    }
                }
            }
        }
    }

    /// Returns the number of rejects for each rule, and the last job that had one, the most frequent first.
    fn rules(&self) -> Vec<(String, (u64, JobId))> {
        let mut rules: BTreeMap<String, (u64, JobId)> = BTreeMap::new();
        for file in self.days.iter().flat_map(|day| &day.files) {
            for (rule, count) in &file.rejects_by_rule {
                let (total, job) = rules.entry(rule.clone()).or_insert((0, file.job));
                *total += count;
                *job = file.job;
            }
        }
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        rules
    }

    fn table(&self) -> Markup {
        html! {
            table {
                thead {
                    tr {
                        th scope="col" { "Day" }
                        @for (name, ..) in OUTCOMES { th.number.medium[is_minor(name)] scope="col" { (name) } }
                        th.number.wide scope="col" { "Took" }
                    }
                }
                tbody {
                    @for day in self.days.iter().rev() {
                        @let counts = sum(day);
                        tr {
                            th.day scope="row" { a href={ "/console/jobs?date=" (day.date) } { (day.date) } }
                            @for (name, _, count) in OUTCOMES { td.number.medium[is_minor(name)] { (number(count(&counts))) } }
                            td.number.wide { (seconds(PHASES.iter().map(|(key, ..)| milliseconds(day, key)).sum())) }
                        }
                    }
                }
            }
        }
    }
}

fn bars(counts: &[(Date, u64)], name: &str, class: &'static str) -> Vec<Bar> {
    let bar = |(date, count): &(Date, u64)| Bar {
        parts: vec![Part {
            class,
            value: *count as f64,
        }],
        title: format!("{date}: {} {}", number(*count), name.to_lowercase()),
    };
    counts.iter().map(bar).collect()
}

fn sum(day: &LoadedDay) -> RowCounts {
    day.files.iter().map(|file| file.counts).sum()
}

fn milliseconds(day: &LoadedDay, phase: &str) -> u64 {
    let files = day.files.iter();
    files
        .filter_map(|file| file.phase_milliseconds.get(phase))
        .sum()
}

fn seconds(milliseconds: u64) -> String {
    duration(milliseconds as f64 / 1_000.0)
}

/// Returns whether a narrow screen leaves an outcome out of the table. The charts show it.
fn is_minor(outcome: &str) -> bool {
    ["Unchanged", "Superseded"].contains(&outcome)
}
