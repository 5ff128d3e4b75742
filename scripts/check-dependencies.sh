#!/bin/sh
# Checks the dependencies: licenses, banned crates and sources (deny.toml), and that each is used.
set -eu
cd "$(dirname "$0")/.."

# Installs a cargo subcommand unless it is there: install NAME VERSION
install() {
    cargo "$1" --version >/dev/null 2>&1 ||
        cargo install --locked --quiet "cargo-$1" --version "$2"
}

install deny 0.20.2
install machete 0.9.2
cargo deny --locked --all-features check bans licenses sources
cargo machete
