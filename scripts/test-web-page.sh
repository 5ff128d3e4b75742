#!/bin/sh
# Builds the web page of crates/pif/examples/web-page for WebAssembly, and counts records with it in Node.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

page=crates/pif/examples/web-page
platform=wasm32-unknown-unknown
if ! rustc --print target-libdir --target "$platform" | xargs test -d && ! rustup --quiet target add "$platform"; then
    echo "cannot get the target $platform, so the web page is not tested" >&2
    exit
fi
need node nodejs
CARGO_TARGET_DIR="$target/web-page" cargo build --quiet --locked --release --target "$platform" \
    --manifest-path "$page/Cargo.toml"
node "$page/test.mjs" "$target/web-page/$platform/release/web_page.wasm"
