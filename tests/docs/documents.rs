//! The documents of the repository, and the blocks in them.

use std::fs;
use std::path::{Path, PathBuf};

const NOT_RUN: &str = "not-run: ";
const SERVES: &str = "serves";

/// A block of commands.
pub(crate) struct Block {
    pub(crate) commands: String,
    /// Why the block is not run.
    pub(crate) not_run: Option<String>,
    /// Whether the block runs a server until it is stopped.
    pub(crate) serves: bool,
    /// The document and the line of the block's beginning.
    pub(crate) place: String,
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the paths of all documents for users and contributors.
pub(crate) fn documents() -> Vec<String> {
    let mut documents = vec![
        "README.md".to_owned(),
        "CONTRIBUTING.md".to_owned(),
        "CHANGELOG.md".to_owned(),
        "docker/certificates/README.md".to_owned(),
        "migrations/README.md".to_owned(),
    ];
    for folder in ["docs", "docs/adr"] {
        for entry in fs::read_dir(repository().join(folder)).expect("the folder is there") {
            let name = entry.expect("the folder can be read").file_name();
            let name = name.to_str().expect("a name of letters");
            documents.extend(name.ends_with(".md").then(|| format!("{folder}/{name}")));
        }
    }
    for entry in fs::read_dir(repository().join("crates")).expect("the folder is there") {
        let name = entry.expect("the folder can be read").file_name();
        let name = name.to_str().expect("a name of letters");
        documents.push(format!("crates/{name}/README.md"));
    }
    documents
}

/// A fenced block of a document.
pub(crate) struct Fence {
    /// The language after the opening fence.
    pub(crate) language: String,
    /// What follows the language on that line.
    pub(crate) remark: String,
    pub(crate) text: String,
    /// The title of the chapter (a `##` heading) that has the block.
    pub(crate) chapter: Option<String>,
    /// The document and the line of the block's beginning.
    pub(crate) place: String,
}

/// Returns the fenced blocks of a document.
pub(crate) fn fences(document: &str) -> Vec<Fence> {
    let text = fs::read_to_string(repository().join(document)).expect("the document is there");
    let mut fences: Vec<Fence> = Vec::new();
    let mut is_open = false;
    let mut chapter = None;
    for (index, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), is_open) {
            (Some(""), true) => is_open = false,
            (Some(opening), false) => {
                let (language, remark) = opening.split_once(' ').unwrap_or((opening, ""));
                is_open = true;
                fences.push(Fence {
                    language: language.to_owned(),
                    remark: remark.to_owned(),
                    text: String::new(),
                    chapter: chapter.clone(),
                    place: format!("{document}:{}", index + 1),
                });
            }
            (_, true) => {
                let fence = fences.last_mut().expect("a block has begun");
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (_, false) => {
                if let Some(title) = line.strip_prefix("## ") {
                    chapter = Some(title.to_owned());
                }
            }
        }
    }
    assert!(!is_open, "{document}: the last block has no end");
    fences
}

/// Returns the command blocks of a document, or of one chapter.
pub(crate) fn blocks(document: &str, chapter: Option<&str>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for fence in fences(document) {
        let (place, remark) = (fence.place, fence.remark);
        assert!(
            !["", "bash", "shell", "console"].contains(&fence.language.as_str()),
            "{place}: commands are in blocks of sh, anything else has another name"
        );
        let is_wanted = chapter.is_none() || fence.chapter.as_deref() == chapter;
        if fence.language != "sh" || !is_wanted {
            continue;
        }
        let not_run = remark.strip_prefix(NOT_RUN).map(str::to_owned);
        let serves = remark == SERVES;
        assert!(
            remark.is_empty() || not_run.is_some() || serves,
            "{place}: {remark:?}"
        );
        blocks.push(Block {
            commands: fence.text,
            not_run,
            serves,
            place,
        });
    }
    blocks
}
