#!/bin/sh
# Checks docs/openapi.json as its users do: validates it, generates a Python client from it, and loads a day
# and reads its job with this client. That the server serves the same file, a unit test checks.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
environment=$(scripts/python-environment.sh openapi-client)
# The generator calls ruff, which is installed beside it.
PATH=$environment/bin:$PATH
use_temporary_folder

openapi-spec-validator docs/openapi.json
openapi-python-client generate --path docs/openapi.json --output-path "$folder/client" \
    --config scripts/openapi-client.yaml --fail-on-warning

cargo build --locked --package cusip-api --package cusip-cli
programs=$target/debug
"$programs/cusip" synth "$folder/files" --date 2024-01-15 --issuers 20 --issues-per-issuer 2 >/dev/null

# The token is for this run only, and the server listens on the loopback.
CUSIP_API_TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export CUSIP_API_TOKEN
"$programs/cusip-api" --bind 127.0.0.1:0 --file-dir "$folder/files" --embedded="$folder/server" \
    --log-format json --log info >"$folder/log" 2>&1 &
background=$!
address=$(find_in_log "$folder/log" '127\.0\.0\.1:[1-9][0-9]*')
PYTHONPATH=$folder/client "$environment/bin/python" scripts/openapi-client.py "http://$address"
