//! The documents of the repository, and the command blocks in them.

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
    documents
}

/// Returns the blocks of a document, or of one chapter (a `##` heading).
pub(crate) fn blocks(document: &str, chapter: Option<&str>) -> Vec<Block> {
    let text = fs::read_to_string(repository().join(document)).expect("the document is there");
    let mut blocks: Vec<Block> = Vec::new();
    let mut fence = None;
    let mut heading = None;
    for (index, line) in text.lines().enumerate() {
        let place = format!("{document}:{}", index + 1);
        match (line.trim_start().strip_prefix("```"), fence) {
            (Some(""), Some(_)) => fence = None,
            (Some(kind), None) => {
                let (language, remark) = kind.split_once(' ').unwrap_or((kind, ""));
                assert!(
                    !["", "bash", "shell", "console"].contains(&language),
                    "{place}: commands are in blocks of sh, anything else has another name"
                );
                let is_wanted = chapter.is_none() || heading == chapter;
                let commands = language == "sh" && is_wanted;
                fence = Some(commands);
                if commands {
                    let not_run = remark.strip_prefix(NOT_RUN).map(str::to_owned);
                    let serves = remark == SERVES;
                    assert!(
                        remark.is_empty() || not_run.is_some() || serves,
                        "{place}: {remark:?}"
                    );
                    blocks.push(Block {
                        commands: String::new(),
                        not_run,
                        serves,
                        place,
                    });
                }
            }
            (_, Some(true)) => {
                let block = blocks.last_mut().expect("a block has begun");
                block.commands.push_str(line);
                block.commands.push('\n');
            }
            (_, Some(false)) => {}
            (_, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    heading = Some(title);
                }
            }
        }
    }
    assert_eq!(fence, None, "{document}: the last block has no end");
    blocks
}
