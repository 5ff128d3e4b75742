#!/bin/sh
# Checks the API against its own description: schemathesis reads /openapi.json, sends valid and invalid
# requests, and checks every response. The server runs on a private database with a synthetic day.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
environment=$(scripts/python-environment.sh schemathesis)
use_temporary_folder
start_api
"$environment/bin/schemathesis" --config-file scripts/schemathesis.toml \
    run "http://$address/openapi.json" "$@"
