#!/bin/sh
# Serves the HTTP API to try it out: builds it, writes a synthetic day of files, and runs the server on a
# private PostgreSQL server until Ctrl-C. Leaves only the build behind.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
echo 'Building the programs. The first time, this takes one to three minutes on two cores.'
cargo build --locked --profile demo --package cusip-api --package cusip-cli --no-default-features
programs=$target/demo
use_temporary_folder
# These signals are for the server. When it has ended, so does this script.
trap : HUP INT TERM

token=$(od -An -v -N16 -tx1 /dev/urandom | tr -d ' \n')
day=$(date -u +%Y-%m-%d)
address=${CUSIP_API_BIND:-127.0.0.1:8000}
"$programs/cusip" synth "$folder/files" --date "$day" --issuers 2000 --issues-per-issuer 10
cat <<TEXT

Load the day, look at the job, and read the documentation:
  curl -X POST http://$address/jobs/load-all -H 'Authorization: Bearer $token' \\
    -H 'Content-Type: application/json' -d '{"date": "$day"}'
  curl http://$address/jobs/1 -H 'Authorization: Bearer $token'
  http://$address/docs/
Press Ctrl-C to stop the server.

TEXT
CUSIP_API_TOKEN=$token "$programs/cusip-api" --bind "$address" --file-dir "$folder/files" \
    --embedded="$folder/server"
