#!/bin/sh
# Makes sure that a recent enough PostgreSQL server is installed. On Debian and Ubuntu it installs one if
# necessary, as root or with passwordless sudo. Elsewhere it prints what to install.
set -eu

oldest=15

# Prints the major version of each server in the folders where the programs look for one.
versions() {
    on_path=$(command -v postgres 2>/dev/null || true)
    for folder in "${CUSIP_POSTGRES_BIN:-}" "$(pg_config --bindir 2>/dev/null || true)" \
        "${on_path%/postgres}" /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin /usr/pgsql-*/bin; do
        if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then
            "$folder/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/'
        fi
        # If this variable names a folder, the programs look nowhere else.
        [ -z "${CUSIP_POSTGRES_BIN:-}" ] || break
    done
}

newest=$(versions | sort -n | tail -n 1)
if [ -z "$newest" ]; then
    "$(dirname "$0")/debian-install.sh" postgresql || true
    newest=$(versions | sort -n | tail -n 1)
fi
if [ "${newest:-0}" -lt "$oldest" ]; then
    cat >&2 <<TEXT
CusipService needs PostgreSQL $oldest or newer, and found ${newest:-none}. Install the server, then try again:
  Debian, Ubuntu   sudo apt-get install postgresql  (older releases: see apt.postgresql.org)
  Fedora           sudo dnf install postgresql-server
  macOS            brew install postgresql@17
Or set CUSIP_POSTGRES_BIN to the folder that contains its \`postgres\` and \`initdb\`.
TEXT
    exit 1
fi
