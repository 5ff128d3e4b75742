#!/bin/sh
# Installs Debian or Ubuntu packages, as root or with passwordless sudo. Fails on other systems.
set -eu

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null || exit 1
echo "installing from Debian: $*" >&2
as_root apt-get update -q >&2
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
