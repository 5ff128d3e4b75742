#!/bin/sh
# Starts a load through the API, and waits until it has ended.
#
#   trigger-load.sh [--date YYYY-MM-DD] [--kind all|issuer|issue|issue-attr] [--timeout MINUTES]
#                   [--retry SECONDS] [--max-rejects N|P%] [--max-age-days N] [--allow-partial] [--allow-older]
#                   [--force]
#
# CUSIP_API_URL is the URL of the API. The token is in CUSIP_API_TOKEN, or in the file that
# CUSIP_API_TOKEN_FILE names; it never appears in a command line. Without --date, the API loads its own
# current day.
#
# Prints the result of the load to standard output, and errors to standard error. It is safe to run this
# again: while the load is running, the API answers the same request with the same load, and afterwards it
# knows the files. So the script retries broken connections, and responses of a service that is being
# replaced, for --retry seconds (default 120). It waits for the end of the load for --timeout minutes
# (default 120).
#
# Exit codes: 0 the load succeeded. 1 it failed. 2 wrong usage, or the API refused the request. 3 too many
# rejects. 4 files are missing. 5 the API, the database, or the bucket is not available. 6 another load is
# running. 7 it is not known whether the load succeeded, because the database went away: run this again.
set -eu

complain() {
    printf 'trigger-load: %s\n' "$1" >&2
}

wrong_usage() {
    complain "$1"
    sed -n '2,/^# running\. 7/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Prints the first string of the response that has this key.
string() {
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

# Waits as long as the response says, but at most a minute; without Retry-After, this number of seconds.
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

# Waits for a background process. During a foreground process, the shell would handle a signal only after
# the process has ended.
wait_for() {
    background=$1
    wait "$background" || true
    background=
}

# Sends a request and sets its status, or 000 without a response. The token goes through a pipe. The user's
# configuration of curl is ignored.
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

# Prints an error and the whole response to standard error, and exits.
give_up() {
    complain "$2"
    if [ -s "$scratch/body" ]; then
        cat "$scratch/body" >&2
        echo >&2
    fi
    exit "$1"
}

# Prints the exit code for the code of a problem or of a failed job.
exit_code() {
    case $1 in
        bad_request | unauthorized | path_not_found | body_too_large | unsupported_media_type) echo 2 ;;
        too_many_rejects) echo 3 ;;
        day_not_found | file_not_found) echo 4 ;;
        database_unavailable | source | shutting_down) echo 5 ;;
        busy) echo 6 ;;
        outcome_unknown) echo 7 ;;
        *) echo 1 ;;
    esac
}

# Exits with the exit code for an error response. The response of a load balancer has no code.
refused() {
    status=$1 code=$(string code)
    detail=$(string detail)
    case $status:$code in
        000:*) give_up 5 "no response from $CUSIP_API_URL: $(cat "$scratch/problem")" ;;
        502: | 503: | 504:) give_up 5 "$status, but the response is not from the API" ;;
        4??:) give_up 2 "$status, but the response is not from the API" ;;
    esac
    give_up "$(exit_code "$code")" "$status $code: ${detail:-the response gives no reason}"
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
                *) wrong_usage "$2 is not a date (YYYY-MM-DD)" ;;
            esac
            shift
            ;;
        --kind)
            case $2 in
                all | issuer | issue | issue-attr) kind=$2 ;;
                *) wrong_usage "$2 is not a kind of load: use all, issuer, issue, or issue-attr" ;;
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
                        '' | *[!0-9.]*) wrong_usage "$1 needs a number, or a percentage such as 0.5%" ;;
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
        *) wrong_usage "unknown option $1" ;;
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
# curl gets the token through a pipe. Keep it out of curl's environment, where others could see it.
unset CUSIP_API_TOKEN
[ -n "$token" ] || wrong_usage 'there is no token in CUSIP_API_TOKEN or CUSIP_API_TOKEN_FILE'
case $token in
    *[!A-Za-z0-9._~+/=-]*) wrong_usage 'the token contains characters that are not allowed in a bearer token' ;;
esac
command -v curl >/dev/null 2>&1 || wrong_usage 'curl is not installed'

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
        # A proxy or a login page may also respond with 200.
        tr '\n' ' ' <"$scratch/body" | grep -q '"success" *: *true' ||
            give_up 1 "200, but the response is not from the API; is CUSIP_API_URL=$CUSIP_API_URL correct?"
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
    *) give_up 1 "the load is still running, but its URL is not below $CUSIP_API_URL: $address" ;;
esac
printf 'the load is still running: %s\n' "$address" >&2
while :; do
    [ $(($(date +%s) - started)) -lt $((timeout * 60)) ] ||
        give_up 1 "the load is still running after $timeout minutes; it has not been canceled; see $address"
    pause 5
    request GET "$address"
    case $status in
        200)
            # Only jobs have these statuses, so no status of a file can match.
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
                failed) give_up "$(exit_code "$(string error_code)")" "the load failed: $(string message)" ;;
                cancelled | interrupted) give_up 1 "the load was $ended and nothing was loaded; run this again" ;;
            esac
            ;;
        000 | 429 | 5??) ;;
        *) refused "$status" ;;
    esac
done
