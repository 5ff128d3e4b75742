//! Lists of identifiers, as people and spreadsheets write them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::Context as _;

use super::STANDARD_INPUT;
use crate::exit::{MissingFile, UsageError};

/// Devices and files of other kinds may never have a line end.
const MOST_BYTES_OF_LINE: u64 = 1024 * 1024;

/// The whole list is in memory.
const MOST_IDENTIFIERS: usize = 1_000_000;

fn open(path: &Path) -> anyhow::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(MissingFile(path.display().to_string()).into())
        }
        opened => opened.with_context(|| format!("cannot open {:?}", path.display())),
    }
}

/// Reads identifiers from a file, or from standard input if the path is `-`.
pub(super) fn read_list(path: &Path) -> anyhow::Result<Vec<String>> {
    if path.as_os_str() == STANDARD_INPUT {
        return read(io::stdin().lock(), "standard input");
    }
    read(
        BufReader::new(open(path)?),
        &format!("{:?}", path.display()),
    )
}

/// Reads a list line by line, and stops at a line or a list that cannot be one of identifiers.
fn read(mut input: impl BufRead, name: &str) -> anyhow::Result<Vec<String>> {
    let mut identifiers = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = input.by_ref().take(MOST_BYTES_OF_LINE + 1);
        let bytes = (limited.read_until(b'\n', &mut line))
            .with_context(|| format!("cannot read {name}"))?;
        if bytes == 0 {
            return Ok(identifiers);
        }
        if bytes as u64 > MOST_BYTES_OF_LINE {
            let problem = format!(
                "{name} has a line of more than 1 MiB, so it is probably not a list of CUSIPs or ISINs; break the line if it is"
            );
            return Err(UsageError(problem).into());
        }
        identifiers.extend(split(&line));
        if identifiers.len() > MOST_IDENTIFIERS {
            let problem =
                format!("{name} has more than {MOST_IDENTIFIERS} identifiers; split the list");
            return Err(UsageError(problem).into());
        }
    }
}

/// Splits a list at line ends, blanks, commas and semicolons. Drops quotes and a byte order mark, which
/// spreadsheets write.
fn split(list: &[u8]) -> Vec<String> {
    let list = String::from_utf8_lossy(list);
    let is_separator = |character: char| {
        character.is_whitespace() || matches!(character, ',' | ';' | '"' | '\'' | '\u{feff}')
    };
    (list.split(is_separator))
        .filter(|identifier| !identifier.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_split_as_people_and_spreadsheets_write_it() {
        let list = "\u{feff}037833100\r\n\"594918104\",03783310;\n\n  US0378331005\t'17275R102'";
        let expected = [
            "037833100",
            "594918104",
            "03783310",
            "US0378331005",
            "17275R102",
        ];
        assert_eq!(split(list.as_bytes()), expected);
    }
}
