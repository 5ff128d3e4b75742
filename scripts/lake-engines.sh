#!/bin/sh
# Lets DuckDB, Polars and DataFusion read a lake in a folder and in moto's S3, and compares their answers to the
# questions of docs/lake.md with PostgreSQL's. Their versions are in scripts/lake-requirements.in.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
environment=$(scripts/python-environment.sh lake)
# Build before moto starts, so that it runs for the test only.
cargo test --locked --workspace --all-features --package cusip-cli --test cli --no-run
use_temporary_folder

# On port 0 the system picks a free port, which the log shows.
"$environment/bin/moto_server" --host 127.0.0.1 --port 0 >"$folder/log" 2>&1 &
background=$!
MOTO_ENDPOINT=$(find_in_log "$folder/log" 'http://127\.0\.0\.1:[0-9]*')
LAKE_PYTHON="$environment/bin/python"
export MOTO_ENDPOINT LAKE_PYTHON
cargo test --locked --workspace --all-features --package cusip-cli --test cli lake::engines:: -- --ignored
