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

start_api
PYTHONPATH=$folder/client "$environment/bin/python" scripts/openapi-client.py "http://$address"
