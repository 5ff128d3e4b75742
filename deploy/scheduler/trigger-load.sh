#!/bin/sh
# Asks the API to load a day, and waits for the load's end.
#
#   trigger-load.sh [--date YYYY-MM-DD] [--kind all|issuer|issue|issue-attr] [--timeout MINUTES]
#                   [--retry SECONDS] [--max-rejects N|P%] [--max-age-days N] [--allow-partial] [--allow-older]
#                   [--force]
#
# CUSIP_API_URL is the API's address. The token is CUSIP_API_TOKEN, or in the file that
# CUSIP_API_TOKEN_FILE names; it is in no command line. Without --date the API loads its own today.
#
# Prints the load's document on standard output, and what went wrong on standard error. Asking again
# is safe: while the load runs, the same request is answered with that load; when it is done, its
# files are known. So connections that break, and answers of a service that is just being replaced, are
# tried again for a while (default 120 seconds); the load's end is waited for until the timeout
# (default 120 minutes).
#
# Ends with 0 only if the load succeeded. 1: failed. 2: wrong usage, or the API refused the request. 3:
# rejects over the limit. 4: no files. 5: API, database or bucket not available. 6: another load is
# running.
set -eu

complain() {
    printf 'trigger-load: %s\n' "$1" >&2
}

wrong_usage() {
    complain "$1"
    sed -n '2,/^# running/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Prints a text of the answer by its name, the first that there is.
text() {
    tr '\n' ' ' <"$scratch/body" | awk -v name="$1" '{
        if (match($0, "\"" name "\" *: *\"([^\"\\\\]|\\\\.)*\"")) {
            found = substr($0, RSTART, RLENGTH)
            sub("^\"" name "\" *: *\"", "", found)
            sub("\"$", "", found)
            gsub("\\\\\"", "\"", found)
            print found
        }
    }'
}

header() {
    tr -d '\r' <"$scratch/headers" | awk -v name="$1" '{
        colon = index($0, ":")
        if (tolower(substr($0, 1, colon - 1)) == name) {
            value = substr($0, colon + 1)
            sub("^ *", "", value)
        }
    } END { print value }'
}

# Seconds until the next try, as the answer says, but no more than a minute; else the given number.
pause() {
    seconds=$(header retry-after)
    case $seconds in
        '' | *[!0-9]*) seconds=$1 ;;
    esac
    [ "$seconds" -le 60 ] || seconds=60
    [ "$seconds" -ge 1 ] || seconds=1
    sleep "$seconds" &
    wait_for $!
}

# Waits for a process in the background: a signal that came during one in the foreground would be
# answered when that has ended.
wait_for() {
    background=$1
    wait "$background" || true
    background=
}

# Makes a request and sets its status, 000 if there is no answer. The token goes through a pipe, and
# nothing that the user has configured for curl counts.
request() {
    method=$1 address=$2
    shift 2
    : >"$scratch/headers"
    : >"$scratch/body"
    printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl --disable --config - --silent --show-error --request "$method" --connect-timeout 10 --max-time 180 \
            --header 'Accept: application/json, application/problem+json' \
            --dump-header "$scratch/headers" --output "$scratch/body" --write-out '%{http_code}' \
            "$@" "$address" >"$scratch/status" 2>"$scratch/problem" &
    wait_for $!
    status=$(cat "$scratch/status")
    status=${status:-000}
}

# Tells why it is given up, and ends. The answer itself goes to standard error, whole.
give_up() {
    complain "$2"
    if [ -s "$scratch/body" ]; then
        cat "$scratch/body" >&2
        echo >&2
    fi
    exit "$1"
}

# Prints the exit code that a problem's or a failed job's code means.
exit_code() {
    case $1 in
        bad_request | unauthorized | path_not_found | body_too_large | unsupported_media_type) echo 2 ;;
        too_many_rejects) echo 3 ;;
        day_not_found | file_not_found) echo 4 ;;
        database_unavailable | source | shutting_down) echo 5 ;;
        busy) echo 6 ;;
        *) echo 1 ;;
    esac
}

# Ends with what a refusal means. A load balancer's has no code.
refused() {
    status=$1 code=$(text code)
    detail=$(text detail)
    case $status:$code in
        000:*) give_up 5 "no answer from $CUSIP_API_URL: $(cat "$scratch/problem")" ;;
        502: | 503: | 504:) give_up 5 "$status, and no word of the API's" ;;
        4??:) give_up 2 "$status, and no word of the API's" ;;
    esac
    give_up "$(exit_code "$code")" "$status $code: ${detail:-no reason given}"
}

number() {
    case $2 in
        '' | *[!0-9]* | 0[0-9]*) wrong_usage "$1 needs a number" ;;
    esac
}

body=
add() {
    body="$body${body:+, }\"$1\": $2"
}

kind=all
retry=120
timeout=120
while [ $# -gt 0 ]; do
    case $1 in
        --date | --kind | --timeout | --retry | --max-rejects | --max-age-days)
            [ $# -ge 2 ] || wrong_usage "$1 needs a value"
            ;;
    esac
    case $1 in
        --date)
            case $2 in
                [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) add date "\"$2\"" ;;
                *) wrong_usage "$2 is no day as YYYY-MM-DD" ;;
            esac
            shift
            ;;
        --kind)
            case $2 in
                all | issuer | issue | issue-attr) kind=$2 ;;
                *) wrong_usage "$2 is no kind: all, issuer, issue or issue-attr" ;;
            esac
            shift
            ;;
        --timeout)
            number "$1" "$2"
            timeout=$2
            shift
            ;;
        --retry)
            number "$1" "$2"
            retry=$2
            shift
            ;;
        --max-rejects)
            case $2 in
                *%)
                    case ${2%\%} in
                        '' | *[!0-9.]*) wrong_usage "$1 needs a number, or a share such as 0.5%" ;;
                    esac
                    add max_rejects "\"$2\""
                    ;;
                *)
                    number "$1" "$2"
                    add max_rejects "$2"
                    ;;
            esac
            shift
            ;;
        --max-age-days)
            number "$1" "$2"
            add max_age_days "$2"
            shift
            ;;
        --allow-partial) add allow_partial true ;;
        --allow-older) add allow_older true ;;
        --force) add force true ;;
        *) wrong_usage "$1 is no option" ;;
    esac
    shift
done
[ -n "${CUSIP_API_URL:-}" ] || wrong_usage 'CUSIP_API_URL is not set'
CUSIP_API_URL=${CUSIP_API_URL%/}
if [ -n "${CUSIP_API_TOKEN_FILE:-}" ]; then
    token=$(cat "$CUSIP_API_TOKEN_FILE") || wrong_usage "cannot read $CUSIP_API_TOKEN_FILE"
else
    token=${CUSIP_API_TOKEN:-}
fi
# Not for curl, which has it by the pipe, nor for whoever looks at its environment.
unset CUSIP_API_TOKEN
[ -n "$token" ] || wrong_usage 'neither CUSIP_API_TOKEN nor CUSIP_API_TOKEN_FILE has a token'
case $token in
    *[!A-Za-z0-9._~+/=-]*) wrong_usage 'the token has characters that no bearer token has' ;;
esac
command -v curl >/dev/null 2>&1 || wrong_usage 'there is no command curl; install it'

scratch=$(mktemp -d)
background=
trap '[ -z "$background" ] || kill "$background" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 130' HUP INT TERM

started=$(date +%s)
while :; do
    request POST "$CUSIP_API_URL/jobs/load-$kind" --header 'Content-Type: application/json' --data "{$body}"
    case $status in
        000 | 429 | 502 | 503 | 504)
            [ $(($(date +%s) - started)) -lt "$retry" ] || refused "$status"
            pause 5
            ;;
        *) break ;;
    esac
done
case $status in
    200)
        # Whatever stands in between answers 200 too, with a page to log in, for example.
        tr '\n' ' ' <"$scratch/body" | grep -q '"success" *: *true' ||
            give_up 1 "200, and no word of the API's; is $CUSIP_API_URL its address?"
        cat "$scratch/body"
        echo
        exit 0
        ;;
    202) ;;
    *) refused "$status" ;;
esac

address=$(header location)
case $address in
    /*) address=$CUSIP_API_URL$address ;;
    "$CUSIP_API_URL"/*) ;;
    *) give_up 1 "the load goes on, but where to ask for it is no address of $CUSIP_API_URL: $address" ;;
esac
printf 'the load goes on: %s\n' "$address" >&2
while :; do
    [ $(($(date +%s) - started)) -lt $((timeout * 60)) ] ||
        give_up 1 "the load still runs after $timeout minutes; it is not stopped: ask $address"
    pause 5
    request GET "$address"
    case $status in
        200)
            # The other words are those of jobs alone; a file has none of them.
            ended=$(tr '\n' ' ' <"$scratch/body" |
                grep -o -E '"status" *: *"(succeeded|failed|cancelled|interrupted)"' |
                head -n 1 | grep -o -E '[a-z]+"$' | tr -d '"')
            case $ended in
                '') ;;
                succeeded)
                    cat "$scratch/body"
                    echo
                    exit 0
                    ;;
                failed) give_up "$(exit_code "$(text error_code)")" "the load failed: $(text message)" ;;
                cancelled | interrupted) give_up 1 "the load was $ended, nothing was applied; ask again" ;;
            esac
            ;;
        000 | 429 | 5??) ;;
        *) refused "$status" ;;
    esac
done
