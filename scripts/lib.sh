# shellcheck shell=sh
# Functions that the scripts share. Source this file from the top of the repository: . scripts/lib.sh

# Where cargo puts what it builds.
# shellcheck disable=SC2034 # the scripts use it
target=${CARGO_TARGET_DIR:-$PWD/target}

# Prints a heading.
step() {
    printf '\n== %s\n' "$1"
}

# Prints a message, then the rest of the arguments as files, and ends the script with code 1.
fail() {
    printf '%s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || cat "$@" >&2
    exit 1
}

# Installs a program's Debian package if the program is missing: need PROGRAM [PACKAGE]
need() {
    command -v "$1" >/dev/null 2>&1 || scripts/debian-install.sh "${2:-$1}"
}

# Installs a subcommand of cargo unless it is there: need_cargo NAME VERSION
need_cargo() {
    cargo "$1" --version >/dev/null 2>&1 ||
        cargo install --locked --quiet "cargo-$1" --version "$2"
}

# Makes the temporary folder "$folder". When the script ends, for whatever reason, the processes whose
# ids are in "$background" are stopped and the folder is deleted.
use_temporary_folder() {
    folder=$(mktemp -d)
    # If root runs the script, the database server runs as another user who must reach its data here.
    chmod 755 "$folder"
    background=''
    trap clean_up EXIT
    trap 'exit 130' HUP INT TERM
}

clean_up() {
    for process in $background; do
        stop "$process"
    done
    delete_folder
}

# Stops a background process of the script and waits for its end.
stop() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# Deletes "$folder". After Ctrl-C a private server still writes to it until it has shut down.
delete_folder() {
    tries=50
    until rm -rf "$folder" 2>/dev/null || [ "$tries" -eq 0 ]; do
        tries=$((tries - 1))
        sleep 0.2
    done
}

# Waits up to a minute until a command succeeds: await COMMAND…
await() {
    tries=600
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

# Prints a port of this machine that nothing listens on.
free_port() {
    need python3
    python3 -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1])'
}

# Waits up to a minute until a log matches, and prints the first match: find_in_log FILE PATTERN
find_in_log() {
    await grep -q -e "$2" "$1" || fail "the log has nothing like $2:" "$1"
    grep -o -e "$2" "$1" | head -n 1
}

# Builds the programs, and starts the API with a synthetic day on a private database in "$folder". Sets
# "$address", and exports a token that is for this run only.
start_api() {
    cargo build --locked --package cusip-api --package cusip-cli
    programs=$target/debug
    "$programs/cusip" synth "$folder/files" --date 2024-01-15 --issuers 20 --issues-per-issuer 2 >/dev/null
    CUSIP_API_TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    export CUSIP_API_TOKEN
    "$programs/cusip-api" --bind 127.0.0.1:0 --file-dir "$folder/files" --embedded="$folder/server" \
        --log-format json --log info >"$folder/log" 2>&1 &
    background=$!
    address=$(find_in_log "$folder/log" '127\.0\.0\.1:[1-9][0-9]*')
}
