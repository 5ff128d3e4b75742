#!/bin/sh
# Builds the image from docker/Dockerfile without Docker and without a registry of images, and runs it:
# scripts/test-image.sh [FOLDER]
#
# buildah builds it in chroots, so it needs neither a daemon nor a kernel with cgroups. The base images are
# made here: Debian trixie with this machine's Rust toolchain to build in, and the few packages of a distroless
# image to run in. The programs are run as the image's user, without capabilities, on a read-only root.
#
# It needs Linux, root, 10 GB in FOLDER (by default a temporary one), and half an hour, so CI does not run it.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

[ "$(id -u)" -eq 0 ] || fail 'this script makes chroots; run it as root'
need debootstrap
need buildah
use_temporary_folder
[ $# -eq 0 ] || { folder=$1 && trap - EXIT && mkdir -p "$folder"; }

image() {
    buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver vfs "$@"
}

# Makes an image of a folder: base NAME FOLDER [OPTIONS OF buildah config]
base() {
    name=$1 content=$2
    shift 2
    container=$(image from scratch)
    image add --quiet "$container" "$content" / >/dev/null
    [ $# -eq 0 ] || image config "$@" "$container"
    image commit --quiet "$container" "localhost/$name" >/dev/null
    image rm "$container" >/dev/null
}

step 'the image to build in: Debian trixie with Rust'
packages=gcc,libc6-dev,ca-certificates,libgcc-s1,tzdata
debootstrap --variant=minbase --include="$packages" trixie "$folder/build-root" http://deb.debian.org/debian \
    >"$folder/debootstrap.log" || fail 'debootstrap failed:' "$folder/debootstrap.log"
mkdir "$folder/build-root/usr/local/rust"
sysroot=$(rustc --print sysroot)
cp -a "$sysroot/bin" "$sysroot/lib" "$folder/build-root/usr/local/rust/"
base cusip-build "$folder/build-root" --env CARGO_HOME=/usr/local/cargo \
    --env PATH=/usr/local/rust/bin:/usr/local/cargo/bin:/usr/sbin:/usr/bin:/sbin:/bin

step 'the image to run in: what distroless has'
root=$folder/run-root
mkdir "$root"
for package in base-files libc6 libgcc-s1 tzdata; do
    dpkg-deb -x "$folder/build-root/var/cache/apt/archives/$package"_*.deb "$root"
done
mkdir -p "$root/etc/ssl/certs"
cp "$folder/build-root/etc/ssl/certs/ca-certificates.crt" "$root/etc/ssl/certs/"
printf 'root:x:0:0::/root:/sbin/nologin\nnonroot:x:65532:65532::/:/sbin/nologin\n' >"$root/etc/passwd"
base cusip-run "$root"

step 'the image'
# A machine's network may have a certificate authority of its own.
image build --quiet --isolation chroot --pull-never --format docker --layers=false \
    --build-arg BUILD_IMAGE=localhost/cusip-build --build-arg RUNTIME_IMAGE=localhost/cusip-run \
    --build-arg REVISION="$(git rev-parse HEAD)" \
    --volume /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro \
    --file docker/Dockerfile --tag localhost/cusip-service . >"$folder/image"
container=$(image from localhost/cusip-service)
root=$(image mount "$container")
du -sh "$root"
ls -l "$root/usr/local/bin"
[ "$(image inspect --format '{{.OCIv1.Config.User}}' "$container")" = 65532:65532 ]
for shell in sh bash busybox; do
    [ ! -e "$root/usr/bin/$shell" ] || fail "the image has a shell: $shell"
done

step 'its programs, as its user on a read-only root'
# shellcheck disable=SC2016 # the inner shell expands it
unshare --mount --net sh -euc '
    ip link set lo up
    mount --bind "$1" "$1"
    mount -o bind,remount,ro "$1"
    mount -t proc proc "$1/proc"
    exec python3 scripts/run-image.py "$1"' sh "$root"
image rm "$container" >/dev/null
