#!/bin/sh
# Starts the services of docker/docker-compose.yml as processes, without a container engine, and uses them:
# scripts/compose.py says how. It needs Linux and root, because it makes namespaces.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

[ "$(id -u)" -eq 0 ] || fail 'this script makes namespaces; run it as root'
scripts/need-postgresql.sh
need psql postgresql-client
cargo build --locked --workspace --all-features --bins
python=$(scripts/python-environment.sh deployment)/bin/python

use_temporary_folder
unshare --mount --net --fork --pid --kill-child "$python" scripts/compose.py "$target/debug" "$folder"
