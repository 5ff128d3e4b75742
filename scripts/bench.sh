#!/usr/bin/env bash
# Measures how fast loads are, compared with how fast the server can take the rows, and how fast searches and reads of
# the history are. Prints tables, which docs/performance.md explains.
#
# It loads a synthetic day (ISSUERS times ISSUES_PER_ISSUER issues, and as many attribute records) into a
# private PostgreSQL server with the settings of `--embedded`. Each turn takes every measurement once, so
# that other work on the machine affects all of them alike. There are TURNS turns of:
#   limit      psql COPY of the cleaned rows into bare unlogged tables (bench/baseline.sh in BENCH_TOOLS)
#   baseline   the load as the earlier service did it (the same script)
#   first      cusip load of the day into an empty, migrated database
#   again      the same day once more, with --force
#   changed    the next day, with 2 % of the records changed
#   known      the same files once more, without --force
#   later      the days after that, up to DAYS in all, each with 2 % of the records changed
#   delta      6,000 changed records, if there are 50,000 issuers with 20 issues each
#   sample     cusip load of the day into tables that hold its first issuers, one in fifty
# Without BENCH_TOOLS, this script measures limit and leaves out baseline.
# In the last turn it also times searches and reads of the history; bench-search.sql and bench-history.sql say how.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

turns=${TURNS:-3}
issuers=${ISSUERS:-50000}
issues=${ISSUES_PER_ISSUER:-20}
tools=${BENCH_TOOLS:-../shared/bench}

scripts/need-postgresql.sh
for needed in psql createdb dropdb; do
    command -v "$needed" >/dev/null || fail "$needed is missing; install PostgreSQL's client programs"
done
# One more than are loaded: `delta` makes its files of it.
days=$((${DAYS:-3} + 1))
. scripts/bench-server.sh
days=$((days - 1))
mib=$(du -cbm "$folder"/day/CED01-15*.PIP | tail -n 1 | cut -f 1)
rows=$((issuers + 2 * issuers * issues))

measured="$folder/measured"
: >"$measured"
now() { date +%s.%N; }
note() { # name, seconds, KiB, bytes of WAL
    printf '%s\t%s\t%s\t%s\n' "$@" | tee -a "$measured" >&2
}

limit() {
    local kind letter started
    createdb bench_limit
    for kind in issuer:R issue:E issue_attribute:A; do
        letter=${kind#*:} kind=${kind%:*}
        tr -d '\r\032' <"$folder/day/CED01-15$letter.PIP" | grep -a -v -E '^(999999.*|)$' >"$folder/$kind"
        psql -XAtd "$1" -c "select 'create unlogged table $kind (' || string_agg(attname || ' ' ||
            format_type(atttypid, atttypmod), ', ' order by attnum) || ')' from pg_attribute
            where attrelid = '$kind'::regclass and attnum > 0 and attname !~ '_job_id$'" |
            psql -Xqd bench_limit
    done
    started=$(now)
    for kind in issuer issue issue_attribute; do
        psql -Xqd bench_limit -c "\\copy $kind from '$folder/$kind' with (format csv, delimiter '|', null '', quote E'\\x01')"
    done
    note limit "$(echo "$(now) - $started" | bc)" - -
    dropdb bench_limit
    rm "$folder/issuer" "$folder/issue" "$folder/issue_attribute"
}

# Writes the day before, with the first fiftieth of the issuers and all that belongs to them.
sample() {
    local letter count=$(((issuers + 49) / 50))
    head -n "$count" "$folder/day/CED01-15R.PIP" >"$folder/day/CED01-14R.PIP"
    for letter in E A; do
        head -n $((count * issues)) "$folder/day/CED01-15$letter.PIP" >"$folder/day/CED01-14$letter.PIP"
    done
}

# The day in January of business day number $1. The first is a Monday.
day() {
    echo $((14 + $1 + 2 * (($1 - 1) / 5)))
}

# Writes the changed records of the day that comes after those that are loaded, as a day of their own: all issuers, and
# an eighth of the issues and attributes.
delta() {
    local letter before after part
    for letter in R E A; do
        before="$folder/day/CED01-$(day "$days")$letter.PIP" after="$folder/day/CED01-$(day $((days + 1)))$letter.PIP"
        part=8
        [ "$letter" != R ] || part=1
        # Files are sorted. New records are left out, since their parents may be missing.
        LC_ALL=C comm --nocheck-order -13 "$before" "$after" | awk -F '|' -v kind="$letter" -v part="$part" '
            NF == 1 || /^999999/ { next }
            { key = kind == "R" ? $1 : $1 "|" $2 }
            NR == FNR { line[key] = $0; next }
            key in line && number++ % part == 0 { print line[key] }' - "$before" >"$folder/day/CED02-01$letter.PIP"
        rm "$after"
    done
}

load() { # name, then arguments for `cusip load`
    local name=$1 started before wal kib peak=
    shift
    psql -Xqc checkpoint
    before=$(psql -XAtc 'select pg_current_wal_insert_lsn()')
    started=$(now)
    "$cusip" load --host "$PGHOST" --port "$PGPORT" --user "$PGUSER" --dbname bench_load \
        --file-dir "$folder/day" --max-age-days 0 "$@" >"$folder/report" 2>&1 &
    local process=$!
    kib=0
    while kill -0 "$process" 2>/dev/null; do
        kib=$(awk '/VmHWM/ { print $2 }' "/proc/$process/status" 2>/dev/null || true)
        [ -z "$kib" ] || peak=$kib
        sleep 0.05
    done
    wait "$process" || fail "the load $name failed:" "$folder/report"
    local ended
    ended=$(now)
    wal=$(psql -XAtc "select pg_current_wal_insert_lsn() - '$before'::pg_lsn")
    note "$name" "$(echo "$ended - $started" | bc)" "${peak:--}" "$wal"
}

sample
delta
for turn in $(seq "$turns"); do
    echo "turn $turn of $turns" >&2
    createdb bench_load
    "$cusip" migrate --host "$PGHOST" --port "$PGPORT" --user "$PGUSER" --dbname bench_load >/dev/null
    if [ -x "$tools/baseline.sh" ]; then
        "$tools/baseline.sh" "$folder/day" 01-15 2>/dev/null | awk '
            { seconds[$1] += $3 }
            END { for (name in seconds) printf "%s\t%s\t-\t-\n", name, seconds[name] }' |
            tee -a "$measured" >&2
    else
        limit bench_load
    fi
    load first --date 2024-01-15
    load again --date 2024-01-15 --force
    load changed --date 2024-01-16
    load known --date 2024-01-16
    for number in $(seq 3 "$days"); do
        load later --date "2024-01-$(day "$number")"
    done
    load delta --date 2024-02-01 --allow-missing-trailer
    if [ "$turn" -eq "$turns" ]; then
        for measured_reads in search history; do
            psql -Xd bench_load -f "scripts/bench-$measured_reads.sql"
        done >"$folder/reads"
    fi
    dropdb bench_load
    createdb bench_load
    "$cusip" migrate --host "$PGHOST" --port "$PGPORT" --user "$PGUSER" --dbname bench_load >/dev/null
    load sampled --date 2024-01-14 --allow-missing-trailer
    load sample --date 2024-01-15
    dropdb bench_load
done

echo
echo "$rows rows, $mib MiB, medians of $turns turns, $(nproc) processors, PostgreSQL $(psql -XAtc 'show server_version')"
echo
sort -t "$(printf '\t')" -k 1,1 -k 2,2n "$measured" | awk -F '\t' -v rows="$rows" -v mib="$mib" '
    { name = $1; count[name]++; seconds[name, count[name]] = $2
      if ($3 + 0 > kib[name] + 0) kib[name] = $3
      wal[name, count[name]] = $4 }
    END {
        limit = middle("limit")
        print "| what | seconds | × limit | rows/s | MiB/s | peak memory | WAL |"
        print "|---|---:|---:|---:|---:|---:|---:|"
        split("limit baseline-initial baseline-again first again changed later known delta sample", names, " ")
        for (i = 1; i in names; i++) if (count[names[i]]) {
            name = names[i]; s = middle(name)
            memory = kib[name] + 0 ? sprintf("%.0f MiB", kib[name] / 1024) : ""
            log_written = wal[name, 1] == "-" ? "" : sprintf("%.1f MiB", wal[name, 1] / 1048576)
            rate = name == "delta" ? "|" : sprintf("%d | %.0f", rows / s, mib / s)
            printf("| %s | %.2f | %.2f | %s | %s | %s |\n", name, s, s / limit, rate, memory, log_written)
        }
    }
    function middle(name,  n) {
        n = count[name]
        return n % 2 ? seconds[name, (n + 1) / 2] : (seconds[name, n / 2] + seconds[name, n / 2 + 1]) / 2
    }'
echo
cat "$folder/reads"
