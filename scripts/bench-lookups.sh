#!/usr/bin/env bash
# Measures how fast the API answers look-ups. Prints a table, which docs/performance.md explains.
#
# It loads a synthetic day (ISSUERS times ISSUES_PER_ISSUER issues, and as many attribute records) into a private
# PostgreSQL server with the settings of `--embedded`, and starts a release build of the API beside it. API, database
# and clients share the machine's processors. DURATION is how many seconds each rate is measured.
#   one         GET /securities/{id} of random securities, from 64 connections that stay open (wrk)
#   steady      the same at 5,000 requests a second, whether the API keeps up or not (oha): how long they take, and how many
#               of them the API itself answers within 5 ms, by its metrics
#   many        POST /securities/lookup with 10,000 identifiers, the median of five
#   all         GET /securities as CSV and as Arrow, with the most memory that the API took up
#   ... load    the same while days with 2 % of changed records are loaded, one after the other
#   pgbench     the query for one security from 8 connections, planned each time and prepared: the limit of `one`
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

issuers=${ISSUERS:-50000}
issues=${ISSUES_PER_ISSUER:-20}
days=2
seconds=${DURATION:-15}
many=10000

scripts/need-postgresql.sh
need wrk
oha=$target/tools/bin/oha
[ -x "$oha" ] || cargo install --locked --quiet oha --version 1.16.0 --root "$target/tools"
need curl
for needed in psql createdb pgbench; do
    command -v "$needed" >/dev/null || fail "$needed is missing; install PostgreSQL's client programs and pgbench"
done
. scripts/bench-server.sh
export PGDATABASE=cusip_lookups
database=(--host "$PGHOST" --port "$PGPORT" --user "$PGUSER" --dbname "$PGDATABASE")
createdb "$PGDATABASE"
"$cusip" migrate "${database[@]}" >/dev/null

load() { # arguments for `cusip load`
    "$cusip" load "${database[@]}" --file-dir "$folder/day" --max-age-days 0 "$@" >"$folder/report" 2>&1
}
load --date 2024-01-15 || fail 'the load failed:' "$folder/report"
psql -Xqc 'vacuum analyze'

# The same securities each time, in no particular order.
psql -XqAt -v many="$many" >"$folder/ids" <<'SQL'
create table picked as
select row_number() over (order by md5(cusip)) as number, issuer_num, issue_num, cusip from v_issue
order by md5(cusip) limit :many;
create unique index on picked (number);
analyze picked;
select cusip from picked order by number;
SQL
many=$(wc -l <"$folder/ids")
awk '{ printf "%s\"%s\"", NR == 1 ? "{\"ids\":[" : ",", $1 } END { print "]}" }' "$folder/ids" >"$folder/body"

CUSIP_API_TOKEN=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export CUSIP_API_TOKEN
"$target/release/cusip-api" "${database[@]}" --bind 127.0.0.1:0 --file-dir "$folder/day" --log-format json --log info \
    >"$folder/log" 2>&1 &
api=$!
background=$api
address=$(find_in_log "$folder/log" '127\.0\.0\.1:[1-9][0-9]*')
header="Authorization: Bearer $CUSIP_API_TOKEN"
sed "s|#|%23|g; s|^|http://$address/securities/|" "$folder/ids" >"$folder/urls"

cat >"$folder/one.lua" <<'LUA'
local paths, at = {}, 0
-- Before init, wrk does not know the header Host, without which no request is valid.
init = function()
    for id in io.lines(os.getenv("IDS")) do
        paths[#paths + 1] = wrk.format("GET", "/securities/" .. id:gsub("#", "%%23"))
    end
end
request = function()
    at = at % #paths + 1
    return paths[at]
end
LUA

row() { # what, result, memory
    printf '| %s | %s | %s |\n' "$@" | tee -a "$folder/table" >&2
}

# Starts to measure the API's memory.
forget_memory() {
    echo 5 >"/proc/$api/clear_refs"
}

memory() {
    awk '/VmHWM/ { printf "%.0f MiB", $2 / 1024 }' "/proc/$api/status"
}

one() { # suffix of the name
    forget_memory
    IDS="$folder/ids" wrk --threads 1 --connections 64 --duration "$seconds" --latency --header "$header" \
        --script "$folder/one.lua" "http://$address" >"$folder/wrk"
    grep -q -e 'Non-2xx' -e 'Socket errors' "$folder/wrk" && fail 'some requests failed:' "$folder/wrk"
    local rate ninety_nine
    rate=$(awk '/^Requests\/sec/ { printf "%.0f", $2 }' "$folder/wrk")
    ninety_nine=$(awk '$1 == "99%" { print $2 }' "$folder/wrk")
    row "one$1" "$rate a second, 99th percentile $ninety_nine" "$(memory)"
}

# How many securities the API has answered within 5 ms, and at all.
answered() {
    curl --silent --show-error --fail "http://$address/metrics" | awk '
        /^cusip_http_request_duration_seconds_bucket/ && /path="\/securities\/\{id\}"/ && /method="GET"/ {
            if (/le="0.005"/) fast = $2
            if (/le="\+Inf"/) all = $2
        }
        END { print fast, all }'
}

steady() { # suffix of the name
    forget_memory
    local before times share
    before=$(answered)
    "$oha" --no-tui --output-format json -c 64 -q 5000 --latency-correction -z "${seconds}s" -H "$header" \
        --urls-from-file "$folder/urls" >"$folder/oha"
    grep -q -E '"[1345][0-9][0-9]":' "$folder/oha" && fail 'some requests failed:' "$folder/oha"
    times=$(awk '
        /"requestsPerSec"/ { rate = $2 + 0 }
        /"latencyPercentiles"/ { inside = 1 }
        inside && /"p(50|95|99)"/ { gsub(/[",:p]/, ""); time[$1] = $2 * 1000; if ($1 == 99) inside = 0 }
        END { printf "%.0f a second, median %.1f ms, 95th percentile %.1f ms, 99th %.1f ms", rate, time[50], time[95], time[99] }
    ' "$folder/oha")
    share=$(echo "$before" "$(answered)" | awk '{ printf "%.1f %%", ($3 - $1) / ($4 - $2) * 100 }')
    row "steady$1" "$times; $share within 5 ms by the API's metrics" "$(memory)"
}

fetch() { # what curl needs; prints seconds and bytes
    curl --silent --show-error --fail --output /dev/null --header "$header" --write-out '%{time_total} %{size_download}\n' "$@"
}

many() { # suffix of the name
    forget_memory
    local taken
    taken=$(for _ in 1 2 3 4 5; do
        fetch --header 'Content-Type: application/json' --data "@$folder/body" "http://$address/securities/lookup"
    done | sort -n | awk 'NR == 3 { printf "%.2f s", $1 }')
    row "$many identifiers$1" "$taken" "$(memory)"
}

all() { # suffix of the name
    local accept taken
    for accept in text/csv application/vnd.apache.arrow.stream; do
        forget_memory
        taken=$(fetch --header "Accept: $accept" "http://$address/securities" |
            awk '{ printf "%.1f s for %.0f MB", $1, $2 / 1e6 }')
        row "all $((issuers * issues)) as $accept$1" "$taken" "$(memory)"
    done
}

one ''
steady ''
many ''
all ''

(
    while :; do
        load --date 2024-01-16 --force
        load --date 2024-01-15 --force --allow-older
    done
) &
loading=$!
background="$loading $background"
one ', during loads'
many ', during loads'
all ', during loads'
stop "$loading"
background=$api

stop "$api"
background=''
cat >"$folder/one.sql" <<SQL
\\set number random(1, $many)
select security.* from picked join v_security as security using (issuer_num, issue_num) where number = :number;
SQL
for mode in extended prepared; do
    rate=$(pgbench --no-vacuum --client 8 --time "$seconds" --protocol "$mode" --file "$folder/one.sql" 2>/dev/null |
        awk '/^tps/ { printf "%.0f", $3 }')
    row "pgbench, $mode" "$rate a second" ''
done

echo
echo "$((issuers * issues)) issues, $(nproc) processors, PostgreSQL $(psql -XAtc 'show server_version')"
echo
echo '| what | result | memory of the API |'
echo '|---|---|---:|'
cat "$folder/table"
