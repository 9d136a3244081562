#!/usr/bin/env bash
# Runs the benchmarks and writes benchmarks/results/PROCESSOR.md; a quiet machine gives better figures.
#
#   eng/bench.sh [arguments of BenchmarkDotNet, such as --filter '*Verifier*' or --job short]
#   eng/bench.sh --allocations     records the allocated bytes that .ci/run compares with, nothing else
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

project=benchmarks/CrossProvince.Benchmarks
dotnet build "$project" -c Release -v q >&2
if [ "${1:-}" = --allocations ]; then
    dotnet run --project "$project" -c Release --no-build -- --record-allocations benchmarks/allocations.json
    exit
fi

reports=artifacts/benchmarks
rm -rf "$reports"
[ $# -gt 0 ] || set -- --filter '*'
dotnet run --project "$project" -c Release --no-build -- --artifacts "$reports" "$@"

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
} >"$file"
say "Written: $file"
