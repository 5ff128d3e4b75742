#!/bin/sh
# Shows what CusipService does: builds the `cusip` command, makes a synthetic day of files, loads it
# into a private PostgreSQL server, loads it again, and looks securities up. Leaves nothing behind
# but the build.
set -eu
cd "$(dirname "$0")/.."

scripts/need-postgresql.sh
echo 'Building the cusip command: a minute or two the first time.'
cargo build --locked --release --package cusip-cli

cusip="${CARGO_TARGET_DIR:-target}/release/cusip"
folder=$(mktemp -d)
# After Ctrl-C the private server still writes to its folder until it has shut down.
clean_up() {
    tries=50
    until rm -rf "$folder" 2>/dev/null || [ "$tries" -eq 0 ]; do
        tries=$((tries - 1))
        sleep 0.2
    done
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM
# For root the server runs as another user, who has to get to its data.
chmod 755 "$folder"

show() {
    printf '\n$ cusip'
    printf ' %s' "$@"
    printf '\n'
    "$cusip" "$@"
}

day=$(date -u +%Y-%m-%d)
show synth "$folder/files" --date "$day" --issuers 2000 --issues-per-issuer 10
show load --date "$day" --file-dir "$folder/files" --embedded "$folder/server"
printf '\nThe same day again is known; loaded all the same, nothing is written.\n'
show load --date "$day" --file-dir "$folder/files" --embedded "$folder/server"
show load --date "$day" --file-dir "$folder/files" --force --embedded "$folder/server"

# The first security of the issue file: issuer and issue number are its first two fields.
security=$(head -n 1 "$folder"/files/CED*E.PIP | cut -d '|' -f 1,2 | tr -d '|')
show show "$security" --embedded "$folder/server"
show search wtr swr --limit 5 --embedded "$folder/server"
