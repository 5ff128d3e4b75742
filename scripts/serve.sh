#!/bin/sh
# Serves the HTTP API and the console to try them out: builds them, loads a month of synthetic days into a
# private PostgreSQL server, and runs until Ctrl-C. Leaves only the build behind.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
echo 'Building the programs. The first time, this takes one to three minutes on two cores.'
cargo build --locked --profile demo --package cusip-api --package cusip-cli --no-default-features
programs=$target/demo
use_temporary_folder
files=$folder/files

days_ago() {
    date -u -d "$1 days ago" +"$2" 2>/dev/null || date -u -v "-$1d" +"$2"
}
load() { # day, options of cusip load
    "$programs/cusip" load --embedded="$folder/server" --file-dir "$files" --max-age-days 0 --date "$@" >/dev/null 2>&1
}

# The last thirty days without weekends, in order.
days=''
ago=30
while [ "$ago" -ge 0 ]; do
    [ "$(days_ago "$ago" %u)" -gt 5 ] || days="$days $(days_ago "$ago" %Y-%m-%d)"
    ago=$((ago - 1))
done
# shellcheck disable=SC2086 # a list of words
set -- $days
"$programs/cusip" synth "$files" --date "$1" --days $# --issuers 200 --issues-per-issuer 5 >/dev/null

# A server on any port keeps the database running while the days are loaded.
CUSIP_API_TOKEN=none "$programs/cusip-api" --bind 127.0.0.1:0 --file-dir "$files" --embedded="$folder/server" \
    >"$folder/log" 2>&1 &
background=$!
find_in_log "$folder/log" listening >/dev/null
echo "Loading $(($# - 1)) days."
number=0
jobs=0
while [ $# -gt 1 ]; do
    day=$1
    number=$((number + 1))
    jobs=$((jobs + 1))
    file=$files/CED$(echo "$day" | cut -c 6-)E.PIP
    case $number in
        # No one loads this day.
        6) jobs=$((jobs - 1)) ;;
        # Two records have a day that does not exist: the load fails, or is allowed to leave them out.
        9 | 15)
            awk -F '|' -v OFS='|' 'NR == 2 || NR == 7 { $11 = "2024-02-30" } { print }' "$file" >"$folder/bad"
            cp "$folder/bad" "$file"
            if [ "$number" -eq 9 ]; then
                load "$day" && fail 'bad records were loaded'
            else
                load "$day" --max-rejects 10
            fi
            ;;
        *) load "$day" ;;
    esac
    shift
done

# A file that never ends, and a user who loses patience.
endless=$folder/CED01-02R.PIP
mkfifo "$endless"
"$programs/cusip" load --embedded="$folder/server" "$endless" >/dev/null 2>&1 &
loader=$!
exec 3>"$endless"
jobs=$((jobs + 1))
"$programs/cusip" jobs cancel "$jobs" --embedded="$folder/server" >/dev/null 2>&1 || true
wait "$loader" || true
exec 3>&-
stop "$background"
background=''

# These signals are for the server. When it has ended, so does this script.
trap : HUP INT TERM
token=$(od -An -v -N16 -tx1 /dev/urandom | tr -d ' \n')
address=${CUSIP_API_BIND:-127.0.0.1:8000}
cat <<TEXT

Open the console, and sign in with the token:
  http://$address/console
  $token
Load the latest day there, or with curl, and look at the job:
  curl -X POST http://$address/jobs/load-all -H 'Authorization: Bearer $token' \\
    -H 'Content-Type: application/json' -d '{"date": "$1", "max_age_days": 0}'
  curl http://$address/jobs/$((jobs + 1)) -H 'Authorization: Bearer $token'
The documentation of the API is at
  http://$address/docs/
Press Ctrl-C to stop the server.

TEXT
CUSIP_API_TOKEN=$token "$programs/cusip-api" --bind "$address" --file-dir "$files" --embedded="$folder/server"
