#!/bin/sh
# Makes a virtual environment of Python with the packages of scripts/NAME-requirements.txt, and prints
# its folder. It is kept below the build's folder and made anew when the requirements change.
#   environment=$(scripts/python-environment.sh NAME)
#
# The requirements have hashes. They come of scripts/NAME-requirements.in, by pip-tools:
#   pip-compile --generate-hashes --no-emit-find-links --strip-extras scripts/NAME-requirements.in
set -eu
cd "$(dirname "$0")/.."

requirements="scripts/$1-requirements.txt"
environment="${CARGO_TARGET_DIR:-$PWD/target}/python/$1"

# Python may have been replaced since, too.
if ! cmp -s "$requirements" "$environment/installed.txt" || ! "$environment/bin/pip" --version >/dev/null 2>&1; then
    rm -rf "$environment"
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        scripts/debian-install.sh python3-venv || {
            echo 'Python 3 with its module venv is needed; install it, then try again.' >&2
            exit 1
        }
    fi
    echo "installing $requirements from PyPI" >&2
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --only-binary :all: --requirement "$requirements" >&2
    cp "$requirements" "$environment/installed.txt"
fi
printf '%s\n' "$environment"
