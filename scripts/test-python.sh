#!/bin/sh
# Builds the Python package in python/, and tests it with polars, DuckDB and pyarrow. They also read the Parquet
# files of `cusip convert`. Their versions are in scripts/python-package-requirements.in.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

environment=$(scripts/python-environment.sh python-package)
wheels="$target/python-package/wheels"
rm -rf "$wheels"
CARGO_TARGET_DIR="$target/python-package" "$environment/bin/maturin" build --quiet --locked --release \
    --manifest-path python/Cargo.toml --out "$wheels"
"$environment/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall \
    "$wheels"/*.whl

cargo build --locked --workspace --all-features --bin cusip
CUSIP="$(cd "$target/debug" && pwd)/cusip" "$environment/bin/pytest" --quiet -p no:cacheprovider python/tests
