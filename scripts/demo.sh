#!/bin/sh
# Shows what CusipService does: builds the `cusip` command, writes two synthetic days of files, loads them
# into a private PostgreSQL server, one of them twice, and shows securities and what changed. Leaves only the build
# behind.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
echo 'Building the cusip command. The first time, this takes one to three minutes on two cores.'
cargo build --locked --profile demo --package cusip-cli --no-default-features
cusip="$target/demo/cusip"
use_temporary_folder

show() {
    printf '\n$ cusip'
    printf ' %s' "$@"
    printf '\n'
    "$cusip" "$@"
}

day=2024-01-15
next=2024-01-16
show synth "$folder/files" --date "$day" --days 2 --issuers 2000 --issues-per-issuer 10
show load --date "$day" --file-dir "$folder/files" --embedded="$folder/server"
printf '\nLoad the same day again: the files are known. Force it: no row has changed, so none is written.\n'
show load --date "$day" --file-dir "$folder/files" --embedded="$folder/server"
show load --date "$day" --file-dir "$folder/files" --force --embedded="$folder/server"

# The first security of the issue file: issuer and issue number are its first two fields.
security=$(head -n 1 "$folder/files/CED01-15E.PIP" | cut -d '|' -f 1,2 | tr -d '|')
show show "$security" --embedded="$folder/server"
show search wtr swr --limit 5 --embedded="$folder/server"

printf '\nLoad the next day: only what is new or changed is written, and every earlier version is kept.\n'
show load --date "$next" --file-dir "$folder/files" --embedded="$folder/server"
show changes --date "$next" --embedded="$folder/server"
security=$("$cusip" changes --date "$next" --embedded="$folder/server" --output csv 2>"$folder/range" |
    awk -F , '$3 == "issue" && $5 == "changed" { print $4; exit }')
show history "$security" --embedded="$folder/server"
show show "$security" --as-of "$day" --embedded="$folder/server"

short=${cusip#"$PWD/"}
cat <<TEXT

That was a day of 42,000 records and the changes of the next one, loaded and looked up. Try next:
  make serve                         the same through the HTTP API, with calls to copy
  $short --help
  $short load FILE… --embedded=DIR   your own PIF files, kept in a private database
  README.md                          your own database, an S3 bucket, running it as a service
TEXT
