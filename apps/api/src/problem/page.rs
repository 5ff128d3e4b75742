//! The page that describes the codes. The `type` of every problem links to it.

use std::fmt::Write as _;

use super::code::Code;

/// The path of the page. Each code has an anchor with its name.
pub(crate) const PAGE_PATH: &str = "/problems";

/// Returns the page in HTML.
pub(crate) fn page() -> String {
    let mut rows = String::new();
    for code in Code::ALL {
        let (name, status, title) = (code.name(), code.status().as_u16(), code.title());
        let meaning = html(code.meaning());
        writeln!(
            rows,
            "<dt id=\"{name}\"><code>{name}</code> ({status}): {title}</dt>\n<dd>{meaning}</dd>"
        )
        .expect("writing to a string succeeds");
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Problems of CusipService</title>\n\
         <h1>Problems</h1>\n<p>What each <code>code</code> of a problem document means, and what to do.</p>\n\
         <dl>\n{rows}</dl>\n</html>\n"
    )
}

/// Turns Markdown without any markup but code spans into HTML.
fn html(markdown: &str) -> String {
    let escaped = markdown.replace('&', "&amp;").replace('<', "&lt;");
    let mut parts = escaped.split('`');
    let mut html = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        html.push_str(if index % 2 == 0 { "<code>" } else { "</code>" });
        html.push_str(part);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_has_an_anchor_for_every_code() {
        let page = page();
        for code in Code::ALL {
            let anchor = format!("id=\"{}\"", code.name());
            assert_eq!(page.matches(&anchor).count(), 1, "{anchor}");
        }
    }

    #[test]
    fn code_spans_become_elements_and_the_rest_is_escaped() {
        assert_eq!(html("set `a<b` & go"), "set <code>a&lt;b</code> &amp; go");
    }
}
