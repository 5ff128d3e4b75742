# shellcheck shell=bash
# lib.sh and the script that sources this file assign the variables.
# shellcheck disable=SC2154
# What measurements run on: the release programs, synthetic days that follow each other, each with 2 % of changed records,
# and a private PostgreSQL server with the settings of `--embedded`. Source this file after lib.sh, with the numbers
# "$issuers", "$issues" (for each issuer) and "$days" (from 2024-01-15). The programs are "$cusip" and its neighbors, the
# days are in "$folder/day", and psql reaches the server. When the script ends, everything is stopped and deleted.

echo 'Building the release programs.' >&2
cargo build --locked --release --package cusip-api --package cusip-cli --package cusip-embedded
cusip="$target/release/cusip"

server=
# Replaces the one of lib.sh: closing its standard input ends the server's owner, and that the server.
clean_up() {
    for process in $background; do
        stop "$process"
    done
    [ -z "$server" ] || exec 3>&-
    [ -z "$server" ] || wait "$server" || true
    delete_folder
}
use_temporary_folder

"$cusip" synth "$folder/day" --date 2024-01-15 --days "$days" --issuers "$issuers" --issues-per-issuer "$issues" \
    --changed-per-mille 20 >&2

mkfifo "$folder/input"
"$target/release/cusip-embedded-owner" returns "$folder/server" <"$folder/input" >"$folder/place" &
server=$!
exec 3>"$folder/input"
until [ "$(wc -l <"$folder/place")" -ge 3 ]; do
    kill -0 "$server" 2>/dev/null || fail 'the server did not start'
    sleep 0.1
done
PGHOST=$(head -n 1 "$folder/place")
export PGHOST PGPORT=5432 PGUSER=cusip_app PGDATABASE=cusip
