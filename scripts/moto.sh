#!/bin/sh
# Runs the end-to-end tests that need moto, a server in Python that answers as AWS does: it is another
# program's idea of S3, Secrets Manager and STS than those of `make test`.
set -eu
cd "$(dirname "$0")/.."

scripts/need-postgresql.sh
environment=$(scripts/python-environment.sh moto)

# Before moto runs, so that nothing but the tests is waited for with it.
cargo test --locked --package cusip-cli --test cli --no-run

log=$(mktemp)
# Port 0 is any that is free; the log tells which.
"$environment/bin/moto_server" --host 127.0.0.1 --port 0 >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM

tries=300
until endpoint=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$log"); do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$server" 2>/dev/null; then
        echo 'moto did not start:' >&2
        cat "$log" >&2
        exit 1
    fi
    sleep 0.1
done

MOTO_ENDPOINT="$endpoint" cargo test --locked --package cusip-cli --test cli moto:: -- --ignored
