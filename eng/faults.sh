#!/usr/bin/env bash
# Kills, stops and hinders nodes, PostgreSQL and Redis under load, compares everything afterwards, and prints the counts (docs/adr/0046).
#
#   eng/faults.sh [--seed N] [--changes N] [--verifications N] [--faults N] [--pause SECONDS] [--store postgres|sqlite]
#
# Default: a seed of the day, 10,000 changes, 100,000 verifications, 64 faults, pauses of 15 s, on PostgreSQL and Redis. With sqlite one node is
# killed again and again. The same seed draws the same faults at the same points of the load; the machine's own timing stays its own.
# As root the disks of PostgreSQL and of a spool are filled as well. CONFIGURATION chooses Debug or Release (default). Exit code 0: nothing was lost or wrong.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh

configuration=${CONFIGURATION:-Release}
export FAULTS_SEED=$(date -u +%Y%m%d) FAULTS_CHANGES=10000 FAULTS_VERIFICATIONS=100000 FAULTS_COUNT=64 FAULTS_PAUSE=15
store=postgres
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || { say "$1 needs a value."; exit 2; }
    case $1 in
        --seed) FAULTS_SEED=$2 ;;
        --changes) FAULTS_CHANGES=$2 ;;
        --verifications) FAULTS_VERIFICATIONS=$2 ;;
        --faults) FAULTS_COUNT=$2 ;;
        --pause) FAULTS_PAUSE=$2 ;;
        --store) store=$2 ;;
        *) say "There is no option $1: see the beginning of $0."; exit 2 ;;
    esac
    shift 2
done
case $store in
    postgres) test=Region_ ;;
    sqlite) test=Node_ ;;
    *) say "--store is postgres or sqlite."; exit 2 ;;
esac

need_dotnet
need redis-server=redis-server redis-cli=redis-tools
need_postgres
if [ "$configuration" = Release ] && [ -z "${CROSSPROVINCE_PROGRAM:-}" ]; then
    eng/publish.sh artifacts/program
    export CROSSPROVINCE_PROGRAM=$PWD/artifacts/program/crossprovince.dll
fi

dotnet build tests/CrossProvince.Faults.Tests -c "$configuration" -v q
dotnet test "artifacts/bin/CrossProvince.Faults.Tests/${configuration,,}/CrossProvince.Faults.Tests.dll" --filter "FullyQualifiedName~FaultTests.$test" --logger "console;verbosity=normal"
