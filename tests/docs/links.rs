//! The links in the documents.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::documents::{documents, repository};

/// Returns the anchors that GitHub derives from a document's headings.
fn anchors(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// Returns the links of a document to places in the repository.
fn links(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).expect("the document is there");
    let links = text.split("](").skip(1);
    links
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|link| !link.starts_with("http"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_document_can_be_reached_from_the_readme() {
    let start = repository().join("README.md");
    let mut reached = BTreeSet::new();
    let mut to_visit = vec![start.canonicalize().expect("it is there")];
    while let Some(document) = to_visit.pop() {
        if !reached.insert(document.clone()) {
            continue;
        }
        for link in links(&document) {
            let file = link.split('#').next().unwrap_or_default();
            let target = document.with_file_name(file).canonicalize();
            to_visit.extend(target.ok().filter(|target| {
                target.is_file()
                    && target
                        .extension()
                        .is_some_and(|extension| extension == "md")
            }));
        }
    }
    for document in documents() {
        let path = repository().join(&document).canonicalize();
        let path = path.expect("the document is there");
        assert!(reached.contains(&path), "no page links {document}");
    }
}

#[test]
fn every_link_within_the_repository_resolves() {
    let mut count = 0;
    for document in documents() {
        let path = repository().join(&document);
        for link in links(&path) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = path.parent().expect("a document is in a folder");
            let target = match file {
                "" => path.clone(),
                file => folder.join(file),
            };
            assert!(target.exists(), "{document}: {link}");
            assert!(
                anchor.is_empty() || anchors(&target).iter().any(|known| known == anchor),
                "{document}: {link} has no such heading"
            );
            count += 1;
        }
    }
    assert!(count > 0);
}
