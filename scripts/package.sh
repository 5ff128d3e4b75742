#!/bin/sh
# Builds what a release contains: the Debian package of `cusip` and `cusip-api`, and the Python wheel of
# `cusip`. They are left in cargo's target folder, below package/. PACKAGE_PROFILE names another of cargo's
# profiles than `release`, which takes minutes to link.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_cargo deb 3.8.0
# It writes into each program which versions of which crates it was built from, for scanners of vulnerabilities.
need_cargo auditable 0.7.7
# It finds out which packages the programs need.
need dpkg-shlibdeps dpkg-dev

profile=${PACKAGE_PROFILE:-release}
programs=$target/$profile

step 'programs'
cargo auditable build --locked --profile "$profile" --package cusip-api --package cusip-cli --package cusip-manual

step 'man pages and completions'
# Where the list of files in apps/api/Cargo.toml finds them.
texts=$programs/package
rm -rf "$texts"
mkdir -p "$texts/completions"
"$programs/cusip-manual" "$texts/man"
"$programs/cusip" completions bash >"$texts/completions/cusip"
"$programs/cusip" completions zsh >"$texts/completions/_cusip"
"$programs/cusip" completions fish >"$texts/completions/cusip.fish"

packages=$target/package
rm -rf "$packages"

step 'Debian package'
cargo deb --locked --no-build --profile "$profile" --package cusip-api --output "$packages/"

step 'Python wheel'
maturin=$(scripts/python-environment.sh package)/bin/maturin
"$maturin" build --locked --profile "$profile" --manifest-path apps/cli/Cargo.toml --out "$packages"

step 'what was built'
cd "$packages"
ls -l ./*.deb ./*.whl
