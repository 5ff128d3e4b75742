#!/usr/bin/env bash
# Builds the packages, installs each in a clean place, and loads a day as a new user would: with the Debian
# package in a Debian system made for it, with the wheel in a Python environment, and with the program that
# `cargo install` builds. Making a system takes root and Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need debootstrap
scripts/need-postgresql.sh
# Linking with optimization takes minutes, and shows no more.
export PACKAGE_PROFILE=demo
make package
packages=$target/package
use_temporary_folder

# Runs a command whose output only matters if it fails: quietly COMMAND…
quietly() {
    "$@" >"$folder/log" 2>&1 || fail "this failed: $*" "$folder/log"
}

day=$(date -u +%Y-%m-%d)
# Writes, loads and finds a day: try_out FOLDER PROGRAM…
try_out() {
    files=$1
    shift
    "$@" synth "$files/files" --date "$day" --issuers 200 --issues-per-issuer 10
    "$@" load --date "$day" --file-dir "$files/files" --embedded="$files/server"
    "$@" search authority --limit 3 --embedded="$files/server"
}

step 'the Debian package in a new system'
# The programs need the C library of the system that built them, or a newer one.
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
system=$folder/system
quietly debootstrap --variant=minbase "$release" "$system"
cp /etc/resolv.conf "$system/etc/"
cp "$packages"/cusip-service_*.deb "$system/root/cusip-service.deb"
# With processes of its own, and their /proc, which end with the command.
inside() {
    unshare --root="$system" --pid --fork --kill-child=TERM --mount-proc env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}
quietly inside apt-get update
quietly inside apt-get install --yes --no-install-recommends systemd
quietly inside useradd --create-home analyst
SECONDS=0
quietly inside apt-get install --yes --no-install-recommends /root/cusip-service.deb postgresql
as_analyst() {
    inside setpriv --reuid=analyst --regid=analyst --clear-groups env HOME=/home/analyst "$@"
}
try_out /home/analyst as_analyst cusip
echo "from the package to the search: $SECONDS s"

step 'what the programs were built from'
for program in cusip cusip-api; do
    objcopy --dump-section .dep-v0="$folder/crates" "$system/usr/bin/$program" /dev/null
    python3 -c 'import sys, zlib; print(zlib.decompress(sys.stdin.buffer.read()).decode())' <"$folder/crates" |
        grep --quiet '"name":"tokio-postgres"' || fail "$program does not say what it was built from"
done

step 'the service of the package'
# Each of these ends the script if it is not as it should be.
quietly inside systemd-analyze verify --man=no /usr/lib/systemd/system/cusip-api.service
test "$(stat -c %a "$system/etc/cusip-service/cusip-api.env")" = 600
test -n "$(find "$system/usr/share/man/man1" -name 'cusip-api.1*')"
test -s "$system/usr/share/bash-completion/completions/cusip"
# The settings of the package, and what users add to them.
address=127.0.0.1:$(free_port)
mapfile -t settings < <(grep -v '^#' "$system/etc/cusip-service/cusip-api.env" | grep .)
as_analyst env "${settings[@]}" CUSIP_API_TOKEN=only-for-this-test-0123456789abcdef CUSIP_FILE_DIR=/home/analyst/files \
    CUSIP_EMBEDDED=/home/analyst/server CUSIP_API_BIND="$address" cusip-api >"$folder/service.log" 2>&1 &
background=$!
await curl --fail --silent --output "$folder/ready" "http://$address/ready" ||
    fail 'it is not ready:' "$folder/service.log"
stop "$background"
background=''

quietly inside apt-get purge --yes cusip-service
left=$(find "$system/usr" "$system/etc" -path '*cusip*')
test -z "$left" || fail "the package left behind: $left"

step 'the wheel in a new Python environment'
python3 -m venv "$folder/python"
quietly "$folder/python/bin/pip" install --no-index "$packages"/cusip_cli-*.whl
try_out "$folder/with-wheel" "$folder/python/bin/cusip"

step 'cargo install'
quietly cargo install --locked --profile demo --path apps/cli --root "$folder/cargo" --target-dir "$target"
try_out "$folder/with-cargo" "$folder/cargo/bin/cusip"
