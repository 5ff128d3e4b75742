#!/bin/sh
# Checks the dependencies: licenses, banned crates and sources (deny.toml), and that each is used.
set -eu
cd "$(dirname "$0")/.."

. scripts/lib.sh

need_cargo deny 0.20.2
need_cargo machete 0.9.2
cargo deny --locked --all-features check bans licenses sources
cargo machete
