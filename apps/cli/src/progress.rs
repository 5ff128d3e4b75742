//! Shows the progress of a load on a terminal, or logs it.

use std::fmt::{self, Write};
use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cusip_loader::{Event, Listener};
use cusip_pif::FileKind;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output::number;

const TICK: Duration = Duration::from_millis(100);
/// The bar's length, in tenths of a percent.
const WHOLE: u64 = 1_000;
/// With less than this done, an estimate of the remaining time would be unreliable.
const LEAST_FOR_ESTIMATE: f32 = 0.03;

// Neither line may be longer than 80 characters.
const WITH_PERCENT: &str = "{msg:36!} {bar:20} {percent:>3}% {left}";
const WITHOUT_PERCENT: &str = "{spinner} {msg:36!} {elapsed}";

/// A progress bar on a terminal, log lines elsewhere.
#[derive(Debug)]
pub(crate) struct LoadProgress {
    bar: Option<Mutex<Bar>>,
}

impl LoadProgress {
    pub(crate) fn new() -> Self {
        let is_terminal = io::stderr().is_terminal();
        let bar = is_terminal.then(|| Mutex::new(Bar::new(ProgressDrawTarget::stderr())));
        Self { bar }
    }

    /// Clears the bar, so that what is printed next starts on an empty line.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            let bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
            bar.line.finish_and_clear();
        }
    }
}

impl Listener for LoadProgress {
    fn event(&self, event: Event<'_>, percent: Option<f64>) {
        match &self.bar {
            Some(bar) => {
                let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
                bar.show(event, percent);
            }
            None => event.log(percent),
        }
    }
}

/// One line for the whole load.
#[derive(Debug)]
struct Bar {
    line: ProgressBar,
    has_percent: bool,
}

impl Bar {
    fn new(target: ProgressDrawTarget) -> Self {
        let line = ProgressBar::with_draw_target(Some(WHOLE), target);
        line.set_style(style(WITHOUT_PERCENT));
        Self {
            line,
            has_percent: false,
        }
    }

    fn show(&mut self, event: Event<'_>, percent: Option<f64>) {
        let message = match event {
            Event::Started { .. } => {
                self.line.enable_steady_tick(TICK);
                "finding the files".to_owned()
            }
            Event::FileOpened { kind, .. } => step("reading", kind),
            Event::FileRead { kind, rows, .. } => {
                format!("{} {}", step("reading", kind), number(rows))
            }
            Event::Checking { kind } => step("checking", kind),
            Event::Merging { kind } => step("merging", kind),
            Event::Committing => "committing".to_owned(),
            _ => return,
        };
        if let Some(percent) = percent {
            if !self.has_percent {
                self.line.set_style(style(WITH_PERCENT));
                self.has_percent = true;
            }
            self.line.set_position((percent * 10.0) as u64);
        }
        self.line.set_message(message);
    }
}

fn step(what: &str, kind: FileKind) -> String {
    format!("{what} {}", kind.wire_name())
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the template is valid");
    style.with_key("left", left)
}

/// Writes the time that is left if the load continues at the same speed.
fn left(state: &ProgressState, text: &mut dyn Write) {
    let _: fmt::Result = match state.fraction() {
        ..LEAST_FOR_ESTIMATE => Ok(()),
        done => {
            let left = state.elapsed().mul_f32((1.0 - done) / done);
            write!(text, "{:#} left", HumanDuration(left))
        }
    };
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use indicatif::TermLike;

    use super::*;

    const WIDTH: usize = 80;

    /// A terminal that remembers what was written to it.
    #[derive(Debug, Clone, Default)]
    struct Terminal(Arc<Mutex<Vec<String>>>);

    impl Terminal {
        fn last(&self) -> String {
            self.0.lock().unwrap().last().cloned().unwrap_or_default()
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            // Wider than the lines may be, since indicatif cuts them at the edge.
            2 * WIDTH as u16
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            if !text.trim().is_empty() {
                self.0.lock().unwrap().push(text.trim_end().to_owned());
            }
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn bar() -> (Bar, Terminal) {
        let terminal = Terminal::default();
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        (Bar::new(target), terminal)
    }

    fn assert_shows(bar: &Bar, terminal: &Terminal, expected: &str) {
        bar.line.force_draw();
        let line = terminal.last();
        assert!(line.starts_with(expected), "{line}");
        assert!(line.chars().count() <= WIDTH, "{line}");
    }

    #[test]
    fn longest_lines_fit_into_80_columns() {
        let kind = FileKind::IssueAttribute;
        let read = Event::FileRead {
            kind,
            bytes: 0,
            rows: 1_234_567_890,
            unchanged: 0,
        };
        for percent in [None, Some(99.9)] {
            let (mut bar, terminal) = bar();
            // The longest time that is left, such as "59m left", is shorter than that.
            bar.line = bar.line.with_elapsed(Duration::from_secs(100_000_000));
            bar.show(read, percent);
            bar.line.force_draw();
            let line = terminal.last();
            assert!(line.contains("reading issue_attr 1,234,567,890"), "{line}");
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn percent_is_shown_in_all_steps() {
        let (mut bar, terminal) = bar();
        let kind = FileKind::Issue;
        bar.show(Event::Checking { kind }, Some(12.34));
        assert_shows(&bar, &terminal, "checking issue ");
        assert!(terminal.last().contains("  12% "), "{}", terminal.last());
        bar.show(Event::Committing, Some(99.0));
        assert_shows(&bar, &terminal, "committing ");
        assert!(terminal.last().contains("  99% "), "{}", terminal.last());
    }
}
