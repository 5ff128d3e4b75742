//! Shows the progress of a load on a terminal, or logs it.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cusip_loader::{Event, Progress};
use cusip_pif::FileKind;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::number;

const TICK: Duration = Duration::from_millis(100);
const WITH_SIZE: &str =
    "{prefix:>11} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}, {eta} left";
const WITHOUT_SIZE: &str = "{prefix:>11} {spinner} {bytes} {bytes_per_sec} {msg}";
const STEP: &str = "{prefix:>11} {spinner} {msg} {elapsed}";

/// Progress bars on a terminal, log lines elsewhere.
#[derive(Debug)]
pub(crate) struct ProgressBars {
    bar: Option<Mutex<ProgressBar>>,
}

impl ProgressBars {
    pub(crate) fn new() -> Self {
        let bar = io::stderr()
            .is_terminal()
            .then(|| Mutex::new(ProgressBar::hidden()));
        Self { bar }
    }

    /// Clears the bar, so that what is printed next starts on an empty line.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .finish_and_clear();
        }
    }
}

impl Progress for ProgressBars {
    fn event(&self, event: Event<'_>) {
        match &self.bar {
            Some(bar) => show(
                &mut bar.lock().unwrap_or_else(PoisonError::into_inner),
                event,
            ),
            None => log(event),
        }
    }
}

fn show(bar: &mut ProgressBar, event: Event<'_>) {
    match event {
        Event::FileOpened { kind, size, .. } => *bar = file_bar(bar, kind, size),
        Event::FileRead { bytes, rows, .. } => {
            bar.set_position(bytes);
            bar.set_message(format!("{} records", number(rows)));
        }
        Event::Checking { kind } => *bar = step(bar, kind.wire_name(), "checking"),
        Event::Merging { kind } => *bar = step(bar, kind.wire_name(), "merging"),
        Event::Committing => *bar = step(bar, "day", "committing"),
        _ => {}
    }
}

fn file_bar(before: &ProgressBar, kind: FileKind, size: Option<u64>) -> ProgressBar {
    before.finish_and_clear();
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), WITH_SIZE),
        None => (ProgressBar::no_length(), WITHOUT_SIZE),
    };
    let style = ProgressStyle::with_template(template).expect("the template is valid");
    bar.set_style(style);
    bar.with_prefix(kind.wire_name())
}

fn step(before: &ProgressBar, what: &'static str, message: &'static str) -> ProgressBar {
    before.finish_and_clear();
    let style = ProgressStyle::with_template(STEP).expect("the template is valid");
    let bar = ProgressBar::new_spinner()
        .with_style(style)
        .with_prefix(what)
        .with_message(message);
    bar.enable_steady_tick(TICK);
    bar
}

fn log(event: Event<'_>) {
    match event {
        Event::FileOpened {
            kind,
            location,
            size,
        } => {
            tracing::info!(file.kind = %kind, file.location = location, file.size = size, "reading");
        }
        Event::FileStaged { kind, rows } => {
            tracing::info!(file.kind = %kind, rows.read = rows, "staged");
        }
        Event::Checking { kind } => tracing::info!(file.kind = %kind, "checking"),
        Event::Merging { kind } => tracing::info!(file.kind = %kind, "merging"),
        Event::Committing => tracing::info!("committing"),
        _ => {}
    }
}
