#!/usr/bin/env bash
# Runs the benchmarks and writes benchmarks/results/PROCESSOR.md; a quiet machine gives better figures.
#
#   eng/bench.sh [arguments of BenchmarkDotNet, such as --filter '*Verifier*' or --job short]
#   eng/bench.sh --allocations     records the allocated bytes that .ci/run compares with, nothing else
#   eng/bench.sh --load [OPTIONS]  the load driver alone, its table on standard output; OPTIONS instead of --series
#
# With arguments of BenchmarkDotNet the load driver is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

load() {
    dotnet build benchmarks/CrossProvince.LoadTest -c Release -v q >&2
    dotnet run --project benchmarks/CrossProvince.LoadTest -c Release --no-build -- "$@"
}

if [ "${1:-}" = --load ]; then
    shift
    [ $# -gt 0 ] || set -- --series
    load "$@"
    exit
fi

project=benchmarks/CrossProvince.Benchmarks
dotnet build "$project" -c Release -v q >&2
if [ "${1:-}" = --allocations ]; then
    dotnet run --project "$project" -c Release --no-build -- --record-allocations benchmarks/allocations.json
    exit
fi

reports=artifacts/benchmarks
rm -rf "$reports"
table=
if [ $# -eq 0 ]; then
    set -- --filter '*'
    table=artifacts/load.md
fi
dotnet run --project "$project" -c Release --no-build -- --artifacts "$reports" "$@"

[ -z "$table" ] || load --series >"$table"

processor=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
processor=${processor:-$(uname -m)}
file=benchmarks/results/$(printf '%s' "$processor" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-//; s/-$//').md
mkdir -p benchmarks/results
{
    printf '# %s\n\nWritten by eng/bench.sh on %s, %s cores, commit %s.\n' "$processor" "$(date -u +%F)" "$(nproc)" "$(git rev-parse --short HEAD)"
    printf 'Times drift from machine to machine and from hour to hour: read the ratios, each taken in one run.\n'
    for report in "$reports"/results/*-report-github.md; do
        name=${report##*/}
        name=${name%-report-github.md}
        printf '\n## %s\n' "${name##*.}"
        cat "$report"
    done
    if [ -n "$table" ]; then
        printf '\n## Load\n\n'
        cat "$table"
    fi
} >"$file"
say "Written: $file"
