//! The links in the documents.

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

#[test]
fn every_link_within_the_repository_resolves() {
    let mut links = 0;
    for document in documents() {
        let path = repository().join(&document);
        let text = fs::read_to_string(&path).expect("the document is there");
        for rest in text.split("](").skip(1) {
            let link = rest.split([')', ' ']).next().unwrap_or_default();
            if link.starts_with("http") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
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
            links += 1;
        }
    }
    assert!(links > 0);
}
