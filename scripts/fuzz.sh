#!/bin/sh
# Runs a fuzz target with libFuzzer from its corpus: scripts/fuzz.sh TARGET SECONDS. Needs a C++ compiler. An input
# that shows a bug is kept in target/fuzz.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

[ $# -eq 2 ] || fail 'usage: scripts/fuzz.sh TARGET SECONDS'
name=$1
seconds=$2
corpus=$(sed -n "/name: \"$name\"/,/corpus:/ s/.*corpus: \"\(.*\)\".*/\1/p" tests/fuzz/src/lib.rs)
[ -n "$corpus" ] || fail "$name is not a target in tests/fuzz/src/lib.rs"

# What cargo-fuzz passes, except for the sanitizers, which need a nightly toolchain and find bugs of unsafe code.
host=$(rustc -vV | sed -n 's/host: //p')
export CARGO_TARGET_DIR="$target/fuzz"
RUSTFLAGS='--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0' \
    cargo build --quiet --locked --release --manifest-path fuzz/Cargo.toml --bin "$name" --target "$host"
mkdir -p "$CARGO_TARGET_DIR/found/$name"
"$CARGO_TARGET_DIR/$host/release/$name" -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 \
    -artifact_prefix="$CARGO_TARGET_DIR/" "$CARGO_TARGET_DIR/found/$name" "tests/fuzz/corpus/$corpus"
