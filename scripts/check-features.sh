#!/bin/sh
# Checks that cusip-pif compiles with each of its features alone, with the oldest toolchain that it promises, for a
# platform that has no std, and for web pages.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

features='std serde chrono jiff rust_decimal'

# Checks the parser without its default features: check_parser OPTION…
check_parser() {
    cargo clippy --quiet --locked --package cusip-pif --no-default-features "$@" -- -D warnings
}

check_parser
for feature in $features; do
    check_parser --features "$feature"
done

# The oldest toolchain that the parser promises to compile with.
oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' crates/pif/Cargo.toml)
if rustup --quiet toolchain install --profile minimal --no-self-update "$oldest"; then
    cargo "+$oldest" check --quiet --locked --package cusip-pif --all-features
else
    echo "cannot get Rust $oldest, so only lints check that the parser does not need a newer one" >&2
fi

# The first target has no std, so a dependency that needs it fails here.
for platform in x86_64-unknown-none wasm32-unknown-unknown; do
    if ! rustc --print target-libdir --target "$platform" | xargs test -d &&
        ! rustup --quiet target add "$platform"; then
        echo "cannot get the target $platform, so the parser is not checked for it" >&2
        continue
    fi
    check_parser --target "$platform" --features serde,chrono,jiff,rust_decimal
done
