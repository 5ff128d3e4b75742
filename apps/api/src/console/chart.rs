//! Charts, as SVG that the server draws.
//!
//! A chart is only shapes, which stretch to the width of the page. Its labels are text of the page, so they
//! stay readable on a narrow screen; what a bar means is in its title, and in the table below the charts.

use maud::{Markup, html};

/// The coordinates of a chart: one unit for each bar, and this many upwards.
const HEIGHT: f64 = 100.0;
/// The part of a unit that a bar fills.
const BAR_WIDTH: f64 = 0.76;
/// A bar that stands for something is at least this high.
const MIN_HEIGHT: f64 = 3.0;

/// A bar of a chart: parts that are stacked upwards, and what it means.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) parts: Vec<Part>,
    pub(super) title: String,
}

/// A part of a bar, with the class that colors it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) value: f64,
}

impl Bar {
    fn total(&self) -> f64 {
        self.parts.iter().map(|part| part.value).sum()
    }
}

/// Draws bars beside each other. The largest one is as high as the chart.
pub(super) fn columns(label: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(Bar::total).fold(0.0, f64::max);
    let width = bars.len();
    html! {
        svg.chart role="img" aria-label=(label) viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" {
            @for (index, bar) in bars.iter().enumerate() {
                g {
                    title { (bar.title) }
                    rect.hit x=(index) y="0" width="1" height=(HEIGHT) {}
                    (stack(index as f64, bar, most))
                }
            }
        }
    }
}

fn stack(left: f64, bar: &Bar, most: f64) -> Markup {
    let x = left + (1.0 - BAR_WIDTH) / 2.0;
    let mut top = HEIGHT;
    html! {
        @for part in bar.parts.iter().filter(|part| part.value > 0.0) {
            @let height = (part.value / most * HEIGHT).max(MIN_HEIGHT).min(top);
            @let y = { top -= height; top };
            rect.(part.class) x={ (round(x)) } y={ (round(y)) } width=(BAR_WIDTH) height={ (round(height)) } {}
        }
    }
}

/// Draws a bar from left to right, for a value in a list.
pub(super) fn meter(value: u64, most: u64) -> Markup {
    let width = value as f64 / most.max(1) as f64 * HEIGHT;
    html! {
        svg.meter aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none" {
            rect.track x="0" y="0" width="100" height="10" {}
            rect.rejected x="0" y="0" width={ (round(width.max(1.0))) } height="10" {}
        }
    }
}

/// Keeps the page short.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_stacked_and_scaled_to_the_largest() {
        let part = |class, value| Part { class, value };
        let bar = |parts| Bar {
            parts,
            title: "<day>".to_owned(),
        };
        let bars = [
            bar(vec![part("a", 30.0), part("b", 10.0)]),
            bar(vec![part("a", 0.0), part("b", 10.0)]),
        ];
        let svg = columns("label", &bars).into_string();
        for rect in [
            r#"<rect class="a" x="0.12" y="25" width="0.76" height="75">"#,
            r#"<rect class="b" x="0.12" y="0" width="0.76" height="25">"#,
            r#"<rect class="b" x="1.12" y="75" width="0.76" height="25">"#,
        ] {
            assert!(svg.contains(rect), "{rect} in {svg}");
        }
        assert_eq!(svg.matches("class=\"a\"").count(), 1);
        assert!(svg.contains("<title>&lt;day&gt;</title>"), "{svg}");
    }

    #[test]
    fn small_value_is_still_visible_and_nothing_leaves_the_chart() {
        let parts = vec![
            Part {
                class: "a",
                value: 1e9,
            },
            Part {
                class: "b",
                value: 1.0,
            },
        ];
        let svg = columns(
            "",
            &[Bar {
                parts,
                title: String::new(),
            }],
        )
        .into_string();
        assert!(!svg.contains("y=\"-"), "{svg}");
        assert!(!svg.contains("NaN"), "{svg}");
        let empty = columns(
            "",
            &[Bar {
                parts: Vec::new(),
                title: String::new(),
            }],
        )
        .into_string();
        assert!(!empty.contains("NaN"), "{empty}");
    }
}
