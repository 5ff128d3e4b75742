#!/usr/bin/env bash
# Measures loads at several sizes, one turn each, and draws their seconds against the size as docs/images/load-time.svg.
# SIZES are numbers of issuers, each of which has ISSUES_PER_ISSUER issues. With the default sizes this takes half an
# hour and 30 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

sizes=${SIZES:-5000 50000 500000}
issues=${ISSUES_PER_ISSUER:-20}
need gnuplot gnuplot-nox
use_temporary_folder

printf 'issues\tlimit\tfirst\tagain\tchanged\tsample\n' >"$folder/seconds"
for issuers in $sizes; do
    # Without the method of the earlier service, which takes longer than all the others together.
    BENCH_TOOLS=none TURNS=1 DAYS=2 ISSUERS=$issuers ISSUES_PER_ISSUER=$issues scripts/bench.sh | tee "$folder/table"
    awk -F ' *[|] *' -v issues=$((issuers * issues)) '
        { seconds[$2] = $3 }
        END { print issues, seconds["limit"], seconds["first"], seconds["again"], seconds["changed"], seconds["sample"] }
    ' OFS='\t' "$folder/table" >>"$folder/seconds"
done
cat "$folder/seconds"

gnuplot <<PLOT
set terminal svg size 720,440 font 'sans-serif,13' background '#ffffff'
set output 'docs/images/load-time.svg'
set logscale xy
set xlabel 'issues (and as many attribute records)'
set ylabel 'seconds'
set format x '%.0s %c'
set key left top
set grid
plot for [column = 2:6] '$folder/seconds' using 1:column with linespoints title columnheader(column)
PLOT
