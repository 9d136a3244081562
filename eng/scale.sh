#!/usr/bin/env bash
# P6 and P9 at the size of a country: a Redis with the index of 100 million licences and a PostgreSQL with 10 million of them, three nodes on them and two
# of a partner's; writes benchmarks/results/PROCESSOR.md and .json and the tables of both README files. A missed target is said, and no error.
#
#   eng/scale.sh [--licences N] [--rows N] [--starts N] [--rate N] [--seconds N] [--try]
#
# --licences: of all regions together (100000000). --rows: those of the own region, in PostgreSQL (10000000). --starts: of a node, for P9 (3). --rate, --seconds: changes
# of status for P6 (1000 a second for 30 s). --try: writes into artifacts/scale only; so does any other size than the usual one.
# It needs memory for Redis and five nodes, and disk for PostgreSQL; it says how much, and stops before anything is started when there is less.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
. eng/servers.sh

licences=100000000 rows=10000000 rest=() try=
while [ $# -gt 0 ]; do
    case "$1" in
    --try) try=yes ;;
    --licences | --rows | --starts | --rate | --seconds)
        [[ "${2:-}" =~ ^[0-9]+$ ]] || { say "$1 needs a number."; exit 2; }
        case "$1" in
        --licences) licences=$2 try=yes ;;
        --rows) rows=$2 try=yes ;;
        *) rest+=("$1" "$2") ;;
        esac
        shift
        ;;
    *)
        say "$1 is not known; see the first lines of eng/scale.sh."
        exit 2
        ;;
    esac
    shift
done

# An entry takes 9 bytes wherever it is held: in Redis and in three nodes, of the own region in two of a partner as well, and twice for a moment in who takes it over. A row takes 2 KB with its indexes and its change.
memory_mb=$((licences * 9 * 5 / 1000000 + rows * 9 * 3 / 1000000 + 3000))
disk_mb=$((rows * 2 / 1000 + 2000))
have_memory_mb=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
have_disk_mb=$(df -Pm "${TMPDIR:-/tmp}" | awk 'NR == 2 { print $4 }')
say "$licences licences, $rows of them rows: about $memory_mb MB of memory ($have_memory_mb MB are free) and $disk_mb MB of disk in ${TMPDIR:-/tmp} ($have_disk_mb MB are free)."
if [ "$memory_mb" -gt "$have_memory_mb" ] || [ "$disk_mb" -gt "$have_disk_mb" ]; then
    say "This machine has too little: ask for less with --licences and --rows, or name another folder in TMPDIR."
    exit 2
fi

need_dotnet
need_postgres
need redis-server=redis-server redis-cli=redis-tools
say "Building ..."
dotnet build benchmarks/CrossProvince.LoadTest -c Release -v q >&2
[ -n "$try" ] || dotnet build benchmarks/CrossProvince.Benchmarks -c Release -v q >&2

out=artifacts/scale
rm -rf "$out"
mkdir -p "$out"
start_servers
status=0
dotnet artifacts/bin/CrossProvince.LoadTest/release/CrossProvince.LoadTest.dll scale --out "$out/scale.json" --database "$servers_database" --redis "$servers_redis" \
    --licences "$licences" --rows "$rows" --logs "$out/logs" "${rest[@]}" || status=$?
stop_servers
[ "$status" -le 1 ] || exit "$status"
if [ -z "$try" ]; then
    dotnet artifacts/bin/CrossProvince.Benchmarks/release/CrossProvince.Benchmarks.dll results --keep --lines "$out/scale.json" --folder benchmarks/results --readme README.md --readme-zh README.zh-CN.md
    say "Written: benchmarks/results, and the tables of both README files."
fi
exit "$status"
