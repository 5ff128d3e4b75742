#!/bin/sh
# Everything that CI checks with Rust and PostgreSQL alone: formatting, lints, documentation, what
# the crates may depend on, and all tests.
set -eu
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$1"
}

scripts/need-postgresql.sh
# Tests look at processes.
command -v ps >/dev/null 2>&1 || scripts/debian-install.sh procps
# The guide's callers use it, and so do the tests of what they rely on.
command -v curl >/dev/null 2>&1 || scripts/debian-install.sh curl

step 'formatting'
cargo fmt --all --check

step 'lints'
cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
cargo clippy --locked --package cusip-source --no-default-features -- -D warnings
scripts/check-workspace.sh

step 'documentation'
RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --all-features --no-deps --document-private-items

step 'tests'
cargo test --locked --workspace --all-features
