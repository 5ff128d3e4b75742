#!/bin/sh
# Makes sure that PostgreSQL's server is installed. On Debian and Ubuntu it is installed when it is
# missing, by root or by passwordless sudo; elsewhere this says what to do.
set -eu

has_server() {
    for folder in "${CUSIP_POSTGRES_BIN:-}" "$(pg_config --bindir 2>/dev/null || true)" \
        /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin /usr/pgsql-*/bin; do
        if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then
            return 0
        fi
    done
    command -v postgres >/dev/null 2>&1 && command -v initdb >/dev/null 2>&1
}

if has_server; then
    exit 0
fi
"$(dirname "$0")/debian-install.sh" postgresql || true
if ! has_server; then
    cat >&2 <<'TEXT'
PostgreSQL 15 or newer is needed and was not found. Install its server, then try again:
  Debian, Ubuntu   sudo apt-get install postgresql
  Fedora           sudo dnf install postgresql-server
  macOS            brew install postgresql@17
Or set CUSIP_POSTGRES_BIN to the folder that holds `postgres` and `initdb`.
TEXT
    exit 1
fi
