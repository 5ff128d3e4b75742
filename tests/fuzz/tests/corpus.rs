//! Runs each fuzz target over its corpus and over mutations of it, which are the same in each run.

#![expect(
    clippy::unwrap_used,
    reason = "the lint exempts test functions, but not their helpers"
)]

use std::fs;
use std::path::Path;

use cusip_fuzz::TARGETS;

const MUTATIONS_PER_TARGET: u64 = 2_000;

/// What makes mutations more often reach what programs treat specially.
const TOKENS: [&[u8]; 22] = [
    b"|",
    b"\n",
    b"\r\n",
    b"\r",
    b"\x1a",
    b"\0",
    b" ",
    b"999999",
    b"\n999999|",
    b"\n\x1a\n",
    b"\xef\xbb\xbf",
    b"\xfc",
    b"\xe2\x82",
    b"2024-02-30",
    b"01/31/2024",
    b"-",
    b"+",
    b".",
    b"0000000000",
    b"\"",
    b"%",
    b"{",
];

/// Returns the inputs in a folder of the corpus, with their names.
fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(folder);
    let mut inputs: Vec<_> = (fs::read_dir(&folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    inputs
}

fn mutate(input: &mut Vec<u8>, others: &[(String, Vec<u8>)], random: &mut fastrand::Rng) {
    for _ in 0..random.usize(1..6) {
        let start = random.usize(..=input.len());
        let end = (start + random.usize(..16)).min(input.len());
        let token = TOKENS[random.usize(..TOKENS.len())];
        match random.u8(..9) {
            0 => drop(input.drain(start..end)),
            1 => drop(input.splice(start..end, token.iter().copied())),
            2 => drop(input.splice(start..start, token.iter().copied())),
            3 => input.truncate(start),
            4 => {
                let copy = input[start..end].repeat(random.usize(1..4));
                input.splice(end..end, copy);
            }
            5 => {
                let (_, other) = &others[random.usize(..others.len())];
                let from = random.usize(..=other.len());
                input.splice(start.., other[from..].iter().copied());
            }
            6 if random.u8(..40) == 0 => {
                // A line of about the maximum length.
                let filler = vec![random.u8(..); random.usize(65_500..65_560)];
                input.splice(start..start, filler);
            }
            _ => {
                if let Some(byte) = input.get_mut(start) {
                    *byte = random.u8(..);
                }
            }
        }
    }
}

#[test]
fn targets_find_no_bug_in_the_corpus_and_its_mutations() {
    for target in TARGETS {
        let corpus = corpus(target.corpus);
        for (name, input) in &corpus {
            println!("{} {name}", target.name);
            (target.run)(input);
        }
        for seed in 0..MUTATIONS_PER_TARGET {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut input = corpus[random.usize(..corpus.len())].1.clone();
            mutate(&mut input, &corpus, &mut random);
            println!("{} seed {seed}: {}", target.name, input.escape_ascii());
            (target.run)(&input);
        }
    }
}

#[test]
fn each_target_has_a_fuzzer() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let path = format!("fuzz_targets/{}.rs", target.name);
        assert!(manifest.contains(&format!("path = \"{path}\"")), "{path}");
        let program = fs::read_to_string(fuzz.join(&path)).unwrap();
        assert!(program.contains(&format!("cusip_fuzz::run(\"{}\"", target.name)));
    }
}
