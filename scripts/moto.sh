#!/bin/sh
# Runs the tests against moto, a Python server that imitates AWS. It checks our own imitations of S3,
# Secrets Manager and STS, which `make test` uses, against an independent implementation.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
environment=$(scripts/python-environment.sh moto)
# Build before moto starts, so that it runs for the tests only.
cargo test --locked --workspace --all-features --test cli --no-run
use_temporary_folder

# On port 0 the system picks a free port, which the log shows.
"$environment/bin/moto_server" --host 127.0.0.1 --port 0 >"$folder/log" 2>&1 &
background=$!
MOTO_ENDPOINT=$(find_in_log "$folder/log" 'http://127\.0\.0\.1:[0-9]*')
export MOTO_ENDPOINT
cargo test --locked --workspace --all-features --test cli moto:: -- --ignored
