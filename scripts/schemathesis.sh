#!/bin/sh
# Checks the API against its own description: schemathesis reads /openapi.json, sends valid and invalid
# requests, and checks every response. The server runs on a private database with a synthetic day.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
environment=$(scripts/python-environment.sh schemathesis)
cargo build --locked --package cusip-api --package cusip-cli
programs=$target/debug
use_temporary_folder
"$programs/cusip" synth "$folder/files" --date 2024-01-15 --issuers 20 --issues-per-issuer 2 >/dev/null

# The token is for this run only, and the server listens on the loopback.
CUSIP_API_TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export CUSIP_API_TOKEN
"$programs/cusip-api" --bind 127.0.0.1:0 --file-dir "$folder/files" --embedded="$folder/server" \
    --log-format json --log info >"$folder/log" 2>&1 &
background=$!
address=$(find_in_log "$folder/log" '127\.0\.0\.1:[1-9][0-9]*')
"$environment/bin/schemathesis" --config-file scripts/schemathesis.toml \
    run "http://$address/openapi.json" "$@"
