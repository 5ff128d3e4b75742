#!/usr/bin/env bash
# Runs `make serve` as somebody who tries it: makes the calls of curl that it prints, ends it by Ctrl-C,
# and looks whether it has left anything behind.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need-postgresql.sh
command -v curl >/dev/null 2>&1 || scripts/debian-install.sh curl
command -v ps >/dev/null 2>&1 || scripts/debian-install.sh procps

folder=$(mktemp -d)
# For root the database's server runs as another user, who has to get to its data.
chmod 755 "$folder"
mkdir -m 755 "$folder/temporary"
served=''
clean_up() {
    [ -z "$served" ] || kill -TERM -- "-$served" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

fail() {
    printf '%s\n' "$1" >&2
    cat "$folder/log" >&2
    exit 1
}

port=$((20000 + RANDOM % 12000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((port + 1))
done
address=127.0.0.1:$port

# With job control it has a process group of its own, all of which a terminal's Ctrl-C reaches. Nor does it
# ignore that signal, as background processes do otherwise, and all that this script starts if it was
# itself started so.
set -m
TMPDIR="$folder/temporary" CUSIP_API_BIND=$address env --default-signal=INT make serve >"$folder/log" 2>&1 &
served=$!
set +m

# It builds first, which takes its time.
until curl --fail --silent --output "$folder/ready" "http://$address/ready"; do
    kill -0 "$served" 2>/dev/null || fail 'it has not begun to serve'
    sleep 0.2
done

echo '== what it prints to be tried'
# Calls go over several lines by a backslash; each of them writes its answer into a file of its own.
awk '/^  curl / { call = 1 } call { print } !/\\$/ { call = 0 }' "$folder/log" >"$folder/calls"
[ "$(grep -c '^  curl ' "$folder/calls")" -eq 2 ] || fail 'there are not the two calls of curl'
cat - "$folder/calls" >"$folder/script" <<'END'
answer=0
curl() {
    answer=$((answer + 1))
    command curl --silent --show-error "$@" >"$ANSWERS/answer.$answer"
}
END
ANSWERS="$folder" sh -eu "$folder/script" || fail 'a call has failed'
expect() { # file, what has to be in it
    grep -q -e "$2" "$folder/$1" || {
        cat "$folder/$1" >&2
        fail "the answer has no $2"
    }
    echo "$1: $2"
}
expect answer.1 '"success": *true'
expect answer.1 '"rows_inserted": *20000'
expect answer.2 '"status": *"succeeded"'
page=$(sed -n 's|^  \(http://.*/docs/\)$|\1|p' "$folder/log")
[ -n "$page" ] || fail 'there is no page to be read'
curl --fail --silent --show-error --output "$folder/page" "$page"
expect page '<html'

echo '== its end'
# All that it has started, the database's server and processes of that included.
started=$(ps -A -o pid= -o ppid= | awk -v root="$served" '
    { parent[$1] = $2 }
    END { for (process in parent) {
        for (above = process; above != root && above in parent; above = parent[above]) { }
        if (above == root) print process } }')
ps -p "$(echo "$started" | paste -s -d , -)" -o args= | grep -q postgres || fail 'no database was started'
kill -INT -- "-$served"
ended=0
wait "$served" || ended=$?
# make ends by the signal itself; what the server ended with would be said by make, were it no success.
[ "$ended" -eq 130 ] || fail "it ended with $ended"
if grep -q -F '***' "$folder/log"; then
    fail 'make reports an error'
fi
served=''
echo 'ended by Ctrl-C, and by nothing else'

left=$(ps -p "$(echo "$started" | paste -s -d , -)" -o pid= -o args= || true)
[ -z "$left" ] || fail "processes are left: $left"
left=$(ps -A -o pid= -o args= | FOLDER="$folder/temporary" awk 'index($0, ENVIRON["FOLDER"])')
[ -z "$left" ] || fail "processes are left: $left"
left=$(ls -A "$folder/temporary")
[ -z "$left" ] || fail "files are left: $left"
if curl --silent --output "$folder/ready" "http://$address/live"; then
    fail 'somebody still serves'
fi
echo "none of its $(echo "$started" | wc -l | tr -d ' ') processes is left, and none of its files"
