#!/bin/sh
# Finds misspelled words, and British spelling, in code and documents. typos.toml lists the exceptions.
set -eu
cd "$(dirname "$0")/.."

bin=$(scripts/python-environment.sh spelling)/bin
"$bin/typos"
