#!/bin/sh
# Checks the dependencies: licenses, banned crates and sources (deny.toml), and that each is used.
set -eu
cd "$(dirname "$0")/.."

. scripts/lib.sh

need_cargo deny 0.20.2
need_cargo machete 0.9.2
# The Python package, the fuzzers and the web page of the parser have lock files of their own.
for manifest in Cargo.toml python/Cargo.toml fuzz/Cargo.toml crates/pif/examples/web-page/Cargo.toml; do
    cargo deny --locked --all-features --manifest-path "$manifest" --config deny.toml check \
        --allow license-exception-not-encountered bans licenses sources
done
cargo machete
