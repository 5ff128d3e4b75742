//! The files and functions that the documents name.

use std::fs;

use crate::documents::{documents, repository};

/// The folders whose files documents name by their paths from the top of the repository.
const FOLDERS: [&str; 8] = [
    "apps/",
    "crates/",
    "deploy/",
    "docker/",
    "docs/",
    "migrations/",
    "scripts/",
    "tests/",
];

/// Returns what a line has between backticks.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn is_path(span: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-./".contains(char);
    FOLDERS.iter().any(|folder| span.starts_with(folder)) && span.chars().all(is_plain)
}

#[test]
fn every_path_in_the_documents_exists() {
    let mut paths = 0;
    for document in documents().iter().filter(|path| *path != "CHANGELOG.md") {
        let text = fs::read_to_string(repository().join(document)).expect("the document is there");
        let mut in_block = false;
        for line in text.lines() {
            in_block ^= line.trim_start().starts_with("```");
            for path in code_spans(line).filter(|span| !in_block && is_path(span)) {
                assert!(repository().join(path).exists(), "{document}: {path}");
                paths += 1;
            }
        }
    }
    assert!(paths > 0);
}

/// A step starts with its number, its file, and its function.
#[test]
fn every_step_of_a_walk_is_a_function_of_its_file() {
    let document = "docs/architecture.md";
    let text = fs::read_to_string(repository().join(document)).expect("the document is there");
    let mut steps = 0;
    for line in text.lines().filter(|line| line.contains(". `")) {
        let is_numbered = line.starts_with(|char: char| char.is_ascii_digit());
        let mut spans = code_spans(line);
        let (true, Some(path), Some(function)) = (is_numbered, spans.next(), spans.next()) else {
            continue;
        };
        let name = function.rsplit("::").next().unwrap_or(function);
        let code = fs::read_to_string(repository().join(path)).unwrap_or_default();
        let is_there = [format!("fn {name}("), format!("fn {name}<")]
            .iter()
            .any(|start| code.contains(start));
        assert!(is_there, "{document}: {path} has no function {name}");
        steps += 1;
    }
    assert!(steps > 0);
}
