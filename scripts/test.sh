#!/bin/sh
# Checks everything that needs only Rust and PostgreSQL: formatting, lints, the rules of the workspace,
# documentation, and all tests.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
# The tests of crates/embedded search only the usual folders.
[ -z "${CUSIP_POSTGRES_BIN:-}" ] || export PATH="$CUSIP_POSTGRES_BIN:$PATH"
# The tests look at processes, and call the API as its callers do.
need ps procps
need curl
# Debian installs these where only root looks for programs.
export PATH="$PATH:/usr/sbin"
need pgbouncer
need pgpool pgpool2
# The soak moves clocks.
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || scripts/debian-install.sh libfaketime
# The tests of the documents run their commands.
need psql postgresql-client

# The tests of the console drive a browser, whose driver must be of the same version.
command -v chromedriver >/dev/null 2>&1 || scripts/debian-install.sh chromium chromium-driver
scripts/axe-core.sh

step 'formatting'
cargo fmt --all --check

step 'lints'
cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
cargo clippy --locked --package cusip-source --no-default-features -- -D warnings
# As `make demo` and `make serve` build them, without AWS.
cargo clippy --locked --package cusip-cli --package cusip-api --no-default-features -- -D warnings
scripts/check-features.sh

step 'rules of the workspace'
scripts/check-workspace.sh

step 'documentation'
RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --all-features --no-deps --document-private-items

step 'tests'
cargo test --locked --workspace --all-features
