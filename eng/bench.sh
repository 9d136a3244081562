#!/usr/bin/env bash
# Measures the targets, each beside its baseline in the same run, writes benchmarks/results/PROCESSOR.md and .json, and makes the tables of both README files
# from them. About a quarter of an hour; a quiet machine gives better figures. A missed target is said, and no error.
#
#   eng/bench.sh [--quick] [--require P1,P2,…]
#                                  --quick: three minutes, for trying out; writes into artifacts/bench only. --require: exit code 1 if one of these was missed
#   eng/bench.sh --micro [ARGS]    the small benchmarks alone; arguments of BenchmarkDotNet, such as --filter '*Verifier*' or --job short
#   eng/bench.sh --allocations     records the allocated bytes that .ci/run compares with, nothing else
#   eng/bench.sh --load [OPTIONS]  the load driver alone, its table on standard output; OPTIONS instead of --series
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
. eng/servers.sh
need_dotnet

benchmarks() { dotnet artifacts/bin/CrossProvince.Benchmarks/release/CrossProvince.Benchmarks.dll "$@"; }
driver() { dotnet artifacts/bin/CrossProvince.LoadTest/release/CrossProvince.LoadTest.dll "$@"; }
build() {
    say "Building $1 ..."
    dotnet build "benchmarks/$1" -c Release -v q >&2
}

case "${1:-}" in
--load)
    shift
    [ $# -gt 0 ] || set -- --series
    build CrossProvince.LoadTest
    driver "$@"
    exit
    ;;
--allocations)
    build CrossProvince.Benchmarks
    benchmarks --record-allocations benchmarks/allocations.json
    exit
    ;;
--micro)
    shift
    [ $# -gt 0 ] || set -- --filter '*'
    build CrossProvince.Benchmarks
    benchmarks --artifacts artifacts/benchmarks "$@"
    exit
    ;;
esac

quick=()
require=()
while [ $# -gt 0 ]; do
    case "$1" in
    --quick) quick=(--quick) ;;
    --require)
        [ $# -ge 2 ] || { say "--require needs targets, such as P1,P2."; exit 2; }
        shift
        IFS=, read -r -a require <<<"$1"
        require=(--require "${require[@]}")
        ;;
    *)
        say "$1 is not known; see the first lines of eng/bench.sh."
        exit 2
        ;;
    esac
    shift
done

# What is missing is installed or left out: a machine without PostgreSQL still measures the rest.
servers_needed() { need_postgres && need redis-server=redis-server redis-cli=redis-tools; }
with_servers=yes
(servers_needed) || { with_servers=; say "P3, P4 and P8 are left out: they are measured with PostgreSQL and Redis."; }

build CrossProvince.Benchmarks
[ -z "$with_servers" ] || build CrossProvince.LoadTest

out=artifacts/bench
rm -rf "$out"
mkdir -p "$out"
say "P1, P2, P5 and P7, in process ..."
benchmarks targets --out "$out/core.json" "${quick[@]}"
measured=(--lines "$out/core.json")
if [ -n "$with_servers" ]; then
    servers_needed
    say "P3 and P4: two nodes, an echo, a PostgreSQL and a Redis of their own ..."
    start_servers
    driver --targets "$out/nodes.json" --database "$servers_database" --redis "$servers_redis" "${quick[@]}" | tee "$out/runs.md"
    say "P8: imports into PostgreSQL and SQLite, and the same rows copied ..."
    driver --import "$out/import.json" --database "$servers_database" "${quick[@]}"
    stop_servers
    measured+=("$out/nodes.json" "$out/import.json" --runs "$out/runs.md")
fi

if [ ${#quick[@]} -gt 0 ]; then
    written=(--folder "$out/results")
else
    written=(--folder benchmarks/results --keep --readme README.md --readme-zh README.zh-CN.md)
fi
status=0
benchmarks results "${measured[@]}" "${written[@]}" "${require[@]}" || status=$?
say "Written: ${written[1]}${written[2]:+, and the tables of both README files}."
exit $status
