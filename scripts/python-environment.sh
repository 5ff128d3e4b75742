#!/bin/sh
# Creates a Python virtual environment with the packages of scripts/NAME-requirements.txt, and prints its
# folder, which is below cargo's target folder. It is created again when the requirements change.
#   environment=$(scripts/python-environment.sh NAME)
#
# The requirements contain hashes. After a change of scripts/NAME-requirements.in, pip-tools writes them:
#   pip-compile --generate-hashes --no-emit-find-links --strip-extras scripts/NAME-requirements.in
set -eu
cd "$(dirname "$0")/.."

requirements="scripts/$1-requirements.txt"
environment="${CARGO_TARGET_DIR:-$PWD/target}/python/$1"

# The test of pip finds out whether Python itself was replaced.
if ! cmp -s "$requirements" "$environment/installed.txt" || ! "$environment/bin/pip" --version >/dev/null 2>&1; then
    rm -rf "$environment"
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        scripts/debian-install.sh python3-venv || {
            echo 'Python 3 with its module venv is missing; install it, then try again.' >&2
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
