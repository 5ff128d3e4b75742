#!/bin/sh
# Checks the rules of the workspace: which crates a crate may depend on, that modules do not depend on each
# other in circles, and that every manifest inherits the shared settings and lints.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

failed=0
complain() {
    echo "$1" >&2
    failed=1
}

# Prints the crates that a crate depends on, one per line.
dependencies() {
    cargo tree --locked --edges normal --prefix none --format '{p}' --package "$1" |
        cut -d ' ' -f 1 | sort -u
}

# Complains if a crate has dependencies that match a pattern: forbid CRATE PATTERN
forbid() {
    found=$(dependencies "$1" | grep -v -x "$1" | grep -E -x "$2" || true)
    if [ -n "$found" ]; then
        complain "$1 must not depend on: $(echo "$found" | tr '\n' ' ')"
    fi
}

forbid cusip-pif 'cusip-.*|tokio.*|aws.*|postgres.*|.*-postgres|chrono|time'
forbid cusip-pif-arrow 'cusip-(aws|config|connect|embedded|jobs|loader|postgres|source|synth|cli|api)|tokio.*|aws.*|postgres.*|.*-postgres|arrow-cast|arrow-select'
forbid cusip-jobs 'cusip-(aws|config|connect|embedded|loader|postgres|source|synth|cli|api)|tokio.*|aws.*|.*postgres.*|clap|axum'
forbid cusip-aws 'cusip-(config|embedded|jobs|loader|postgres|source|synth|cli|api)|clap|axum'
forbid cusip-source 'cusip-.*|.*postgres.*'
forbid cusip-connect 'cusip-.*|aws.*|clap|axum'
forbid cusip-postgres 'cusip-(aws|source|loader|config|synth|embedded|cli|api)|aws.*|clap|axum'
forbid cusip-lake 'cusip-(loader|config|synth|embedded|cli|api)|clap|axum'
forbid cusip-loader 'cusip-(config|synth|embedded|cli|api)|clap|axum'
forbid cusip-config 'cusip-(synth|cli|api)|clap_complete|axum'
forbid cusip-synth 'cusip-(source|postgres|loader|config|embedded|cli|api)|tokio.*'
forbid cusip-embedded 'cusip-.*'

# The AWS SDK is an optional, default feature. A build without it must not compile a single AWS crate.
without_aws() {
    found=$(cargo tree --locked --edges normal,build --prefix none --format '{p}' --package "$1" --no-default-features |
        cut -d ' ' -f 1 | sort -u | grep -E -x 'aws-.*|cusip-aws' || true)
    if [ -n "$found" ]; then
        complain "$1 without its default features must not depend on: $(echo "$found" | tr '\n' ' ')"
    fi
}

without_aws cusip-cli
without_aws cusip-api

# Parquet is one, too: without it, a build must not compile Arrow or zstd, so that `make demo` starts fast.
found=$(cargo tree --locked --edges normal,build --prefix none --format '{p}' --package cusip-cli --no-default-features |
    cut -d ' ' -f 1 | sort -u | grep -E -x '(arrow|zstd)-.*|parquet' || true)
if [ -n "$found" ]; then
    complain "cusip-cli without its default features must not depend on: $(echo "$found" | tr '\n' ' ')"
fi

need python3
circles=$(python3 scripts/module-circles.py) || complain "modules depend on each other in circles:
$circles"

for manifest in crates/*/Cargo.toml apps/*/Cargo.toml tests/*/Cargo.toml; do
    publish='publish.workspace = true'
    version='rust-version.workspace = true'
    # Other teams use the parser from the registry, with toolchains of their own.
    if [ "$manifest" = crates/pif/Cargo.toml ]; then
        publish='publish = true'
        version='rust-version = "1.88"'
    fi
    for line in 'edition.workspace = true' "$version" 'license.workspace = true' "$publish"; do
        grep -q -x "$line" "$manifest" || complain "$manifest lacks: $line"
    done
    { grep -q -A 1 -x '\[lints\]' "$manifest" && grep -q -x 'workspace = true' "$manifest"; } ||
        complain "$manifest lacks the workspace's lints"
done

exit "$failed"
