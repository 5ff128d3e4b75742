#!/bin/sh
# Serves the HTTP API for trying it out: builds it, makes a synthetic day of files, and runs the server
# on a private PostgreSQL server until Ctrl-C. Leaves nothing behind but the build.
set -eu
cd "$(dirname "$0")/.."

scripts/need-postgresql.sh
echo 'Building the programs: a minute or two the first time.'
cargo build --locked --release --package cusip-api --package cusip-cli

programs="${CARGO_TARGET_DIR:-target}/release"
folder=$(mktemp -d)
# For root the database runs as another user, who has to get to its data.
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
# They are the server's to answer, which ends by them; then this script does.
trap : HUP INT TERM

day=$(date -u +%Y-%m-%d)
address=${CUSIP_API_BIND:-127.0.0.1:8000}
"$programs/cusip" synth "$folder/files" --date "$day" --issuers 2000 --issues-per-issuer 10
cat <<TEXT

Load the day, look at the job, and read the documentation:
  curl -X POST http://$address/jobs/load-all -H 'Authorization: Bearer changeme' \\
    -H 'Content-Type: application/json' -d '{"date": "$day"}'
  curl http://$address/jobs/1 -H 'Authorization: Bearer changeme'
  http://$address/docs/
Ctrl-C ends it.

TEXT
CUSIP_API_TOKEN=changeme "$programs/cusip-api" --bind "$address" --file-dir "$folder/files" \
    --embedded "$folder/server"
