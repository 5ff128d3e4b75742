#!/bin/sh
# Checks what is deployed but is not Rust: the image, the compose file, the CloudFormation templates and
# all shell scripts. The programs that check them come from PyPI.
set -eu
cd "$(dirname "$0")/.."

bin=$(scripts/python-environment.sh deployment)/bin

"$bin/hadolint" docker/Dockerfile
"$bin/check-jsonschema" --builtin-schema vendor.compose-spec docker/docker-compose.yml
"$bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$bin/cfn-lint" deploy/*.yaml
# shellcheck disable=SC2046 # none of our paths contains a space
"$bin/shellcheck" --external-sources $(git ls-files '*.sh' .ci/run)
