//! Fuzz targets as functions: each takes any bytes, and panics if it finds a bug.
//!
//! `fuzz/` runs them with libFuzzer. `tests/corpus.rs` runs each over its corpus and over mutations of it, with
//! the toolchain and in the time of ordinary tests.
//!
//! To add a target, write its function, add it to [`TARGETS`], give it a file in `fuzz/fuzz_targets` and an
//! entry in `fuzz/Cargo.toml`, and put a few inputs into its corpus.

mod naive;
mod pif;
mod settings;

/// A fuzz target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// The folder in `corpus` that has inputs for it.
    pub corpus: &'static str,
    /// Panics if these bytes show a bug.
    pub run: fn(&[u8]),
}

/// All fuzz targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "pif_chunks",
        corpus: "pif",
        run: pif::chunks,
    },
    Target {
        name: "pif_parts",
        corpus: "pif",
        run: pif::parts,
    },
    Target {
        name: "pif_round_trip",
        corpus: "pif",
        run: pif::round_trip,
    },
    Target {
        name: "pif_rejects",
        corpus: "pif",
        run: pif::rejects,
    },
    Target {
        name: "pif_oracle",
        corpus: "pif",
        run: pif::oracle,
    },
    Target {
        name: "settings",
        corpus: "settings",
        run: settings::arguments,
    },
    Target {
        name: "database_url",
        corpus: "database_url",
        run: settings::database_url,
    },
];

/// Runs the target with this name.
///
/// # Panics
///
/// Panics if these bytes show a bug, or if there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("the name is in TARGETS").run)(data);
}
