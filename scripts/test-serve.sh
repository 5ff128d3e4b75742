#!/usr/bin/env bash
# Runs `make serve` as a newcomer does: copies the calls of curl that it prints, presses Ctrl-C, and checks
# that no process and no file is left behind.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need-postgresql.sh
need curl
need ps procps

served=''
# Replaces the one of lib.sh: make and all that it has started are one process group.
clean_up() {
    [ -z "$served" ] || kill -TERM -- "-$served" 2>/dev/null || true
    wait
    delete_folder
}
use_temporary_folder
mkdir -m 755 "$folder/temporary"

fail_with_log() {
    fail "$1" "$folder/log"
}

address=127.0.0.1:$(free_port)

# Job control gives make a process group of its own, which Ctrl-C in a terminal would reach as a whole. It
# also keeps make from ignoring that signal, as background processes do. `env` does the same in case this
# script runs in the background itself.
set -m
TMPDIR="$folder/temporary" CUSIP_API_BIND=$address env --default-signal=INT make serve >"$folder/log" 2>&1 &
served=$!
set +m

# It builds first, which takes a while.
until curl --fail --silent --output "$folder/ready" "http://$address/ready"; do
    kill -0 "$served" 2>/dev/null || fail_with_log 'it did not start to serve'
    sleep 0.2
done

step 'the calls that it prints'
# A backslash continues a call on the next line. Each call writes its answer to a file of its own.
awk '/^  curl / { call = 1 } call { print } !/\\$/ { call = 0 }' "$folder/log" >"$folder/calls"
[ "$(grep -c '^  curl ' "$folder/calls")" -eq 2 ] || fail_with_log 'it does not print two calls of curl'
cat - "$folder/calls" >"$folder/script" <<'END'
answer=0
curl() {
    answer=$((answer + 1))
    command curl --silent --show-error "$@" >"$ANSWERS/answer.$answer"
}
END
ANSWERS="$folder" sh -eu "$folder/script" || fail_with_log 'a call failed'
expect() { # file, pattern
    grep -q -e "$2" "$folder/$1" || {
        cat "$folder/$1" >&2
        fail_with_log "the answer does not match $2"
    }
    echo "$1: $2"
}
expect answer.1 '"success": *true'
expect answer.1 '"rows_updated": *[1-9]'
expect answer.2 '"status": *"succeeded"'

step 'the console, with a month of jobs'
token=$(sed -n 's/^  \([0-9a-f]\{32\}\)$/\1/p' "$folder/log")
console() { # options of curl
    curl --fail --silent --show-error --location --cookie "$folder/cookies" --cookie-jar "$folder/cookies" "$@"
}
# curl sends a secure cookie to no address but https and localhost.
pages=http://localhost:${address##*:}/console
console --output "$folder/signed-in" --data-urlencode "token=$token" "$pages/sign-in"
expect signed-in 'Sign out'
console --output "$folder/jobs" "$pages/jobs"
for status in Succeeded Failed Canceled; do
    expect jobs "$status"
done
console --output "$folder/rejects" "$pages/jobs/8"
expect rejects '<mark>2024-02-30</mark>'

page=$(sed -n 's|^  \(http://.*/docs/\)$|\1|p' "$folder/log")
[ -n "$page" ] || fail_with_log 'it does not print the address of the documentation'
curl --fail --silent --show-error --output "$folder/page" "$page"
expect page '<html'

step 'its end'
# All processes that it has started, among them the database server's.
started=$(ps -A -o pid= -o ppid= | awk -v root="$served" '
    { parent[$1] = $2 }
    END { for (process in parent) {
        for (above = process; above != root && above in parent; above = parent[above]) { }
        if (above == root) print process } }')
ps -p "$(echo "$started" | paste -s -d , -)" -o args= | grep -q postgres || fail_with_log 'it started no database'
kill -INT -- "-$served"
ended=0
wait "$served" || ended=$?
# The signal ends make itself. If the server had failed, make would print its exit code after ***.
[ "$ended" -eq 130 ] || fail_with_log "it ended with $ended"
if grep -q -F '***' "$folder/log"; then
    fail_with_log 'make reports an error'
fi
served=''
echo 'Ctrl-C ended it without an error'

left=$(ps -p "$(echo "$started" | paste -s -d , -)" -o pid= -o args= || true)
[ -z "$left" ] || fail_with_log "processes are left: $left"
left=$(ps -A -o pid= -o args= | FOLDER="$folder/temporary" awk 'index($0, ENVIRON["FOLDER"])')
[ -z "$left" ] || fail_with_log "processes are left: $left"
left=$(ls -A "$folder/temporary")
[ -z "$left" ] || fail_with_log "files are left: $left"
if curl --silent --output "$folder/ready" "http://$address/live"; then
    fail_with_log 'a server still answers'
fi
echo "none of its $(echo "$started" | wc -l | tr -d ' ') processes is left, nor any file"
