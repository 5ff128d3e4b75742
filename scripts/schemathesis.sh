#!/bin/sh
# Holds the API against its own description: schemathesis makes requests of /openapi.json, right and
# wrong ones, and checks every answer. The server runs on a private database with a synthetic day.
set -eu
cd "$(dirname "$0")/.."

scripts/need-postgresql.sh
environment=$(scripts/python-environment.sh schemathesis)
cargo build --locked --package cusip-api --package cusip-cli
programs="${CARGO_TARGET_DIR:-target}/debug"

folder=$(mktemp -d)
# For root the database runs as another user, who has to get to its data.
chmod 755 "$folder"
"$programs/cusip" synth "$folder/files" --date 2024-01-15 --issuers 20 --issues-per-issuer 2 >/dev/null

# A token of this run alone; the server listens where only this machine can ask it.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
CUSIP_API_TOKEN="$token" "$programs/cusip-api" --bind 127.0.0.1:0 --file-dir "$folder/files" \
    --embedded "$folder/server" --log-format json --log info >"$folder/log" 2>&1 &
server=$!
clean_up() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

tries=600
until address=$(grep -o '"address":"[0-9.:]*"' "$folder/log" | cut -d '"' -f 4) && [ -n "$address" ]; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$server" 2>/dev/null; then
        echo 'the server did not start:' >&2
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.1
done

CUSIP_API_TOKEN="$token" "$environment/bin/schemathesis" --config-file scripts/schemathesis.toml \
    run "http://$address/openapi.json" "$@"
