#!/bin/sh
# Checks what is deployed and is no Rust: image, compose file, templates of CloudFormation, and all
# shell scripts, with programs from PyPI.
set -eu
cd "$(dirname "$0")/.."

bin=$(scripts/python-environment.sh deployment)/bin

"$bin/hadolint" docker/Dockerfile
"$bin/check-jsonschema" --builtin-schema vendor.compose-spec docker/docker-compose.yml
"$bin/cfn-lint" deploy/*.yaml
# shellcheck disable=SC2046 # none of our paths has a blank
"$bin/shellcheck" $(git ls-files '*.sh' .ci/run)
