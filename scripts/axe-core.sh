#!/bin/sh
# Downloads axe-core from npm, which judges the accessibility of the console's pages in the tests, and
# checks that it is the known file. It is no part of the programs.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

version=4.14.1
digest=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
folder=$target/axe-core

if [ ! -e "$folder/$version" ]; then
    need npm
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "axe-core@$version" >/dev/null)
    archive=$folder/axe-core-$version.tgz
    echo "$digest  $archive" | sha512sum --check --quiet
    tar -xzf "$archive" -C "$folder" --strip-components 1 package/axe.min.js
    rm "$archive"
    touch "$folder/$version"
fi
