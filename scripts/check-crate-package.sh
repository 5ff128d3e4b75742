#!/bin/sh
# Packs cusip-pif as for the registry, and tests the package alone, outside of the workspace. Asks the registry whether
# it would take the package. From the first release on, cargo-semver-checks belongs here; it compares with a release.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

cargo publish --dry-run --quiet --locked --allow-dirty --no-verify --package cusip-pif
cargo package --quiet --locked --allow-dirty --no-verify --package cusip-pif

use_temporary_folder
tar -xzf "$target"/package/cusip-pif-[0-9]*.crate -C "$folder" --strip-components 1
for file in CHANGELOG.md LICENSE-APACHE LICENSE-MIT README.md; do
    [ -s "$folder/$file" ] || fail "the package of cusip-pif lacks $file"
done
cp rust-toolchain.toml "$folder"
cd "$folder"
# A new folder for the build, too: tests contain the path of their package.
CARGO_TARGET_DIR=$folder/target cargo test --quiet --all-features
