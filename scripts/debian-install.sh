#!/bin/sh
# Installs a package of Debian or Ubuntu, as root or by passwordless sudo. Fails anywhere else.
set -eu

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null || exit 1
echo "installing Debian's package $1" >&2
as_root apt-get update -q >&2
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" >&2
