#!/usr/bin/env bash
# Three provinces, each with its node, PostgreSQL and Redis in a network namespace of its own: each is cut off in turn for longer than the soft and the hard
# limit, over lines that are slow and drop connections, while all issue, revoke and scan. Prints what was answered and compares everything in the end (docs/adr/0063).
#
#   eng/provinces.sh [--seed N] [--rounds N] [--soft SECONDS] [--hard SECONDS] [--delay MILLISECONDS] [--life SECONDS]
#
# Default: a seed of the day, each province cut off once, limits of 10 s and 20 s, 200 ms each way, connections live 20 s on average.
# Needs root on Linux. All namespaces and lines lie in one network namespace that only this run has: with its last process the kernel removes them, however it
# ends. CONFIGURATION chooses Debug or Release (default). Exit code 0: nothing was lost or wrong; 1 something was; 2 it cannot run here; 130 it was interrupted.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh

configuration=${CONFIGURATION:-Release}
export PROVINCES_SEED=$(date -u +%Y%m%d) PROVINCES_ROUNDS=1 PROVINCES_SOFT=10 PROVINCES_HARD=20 PROVINCES_DELAY=200 PROVINCES_LIFE=20
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || { say "$1 needs a value."; exit 2; }
    case $1 in
        --seed) PROVINCES_SEED=$2 ;;
        --rounds) PROVINCES_ROUNDS=$2 ;;
        --soft) PROVINCES_SOFT=$2 ;;
        --hard) PROVINCES_HARD=$2 ;;
        --delay) PROVINCES_DELAY=$2 ;;
        --life) PROVINCES_LIFE=$2 ;;
        *) say "There is no option $1: see the beginning of $0."; exit 2 ;;
    esac
    shift 2
done

# A network, processes and mounts of its own: when unshare is killed, so is its first process, and the kernel then kills all others of it.
apart=(unshare --net --mount --pid --fork --kill-child --mount-proc)

[ "$(uname)" = Linux ] || { say "This needs the network namespaces of Linux."; exit 2; }
[ "$(id -u)" -eq 0 ] || { say "This needs root: it makes network namespaces."; exit 2; }
need ip=iproute2 unshare=util-linux
if ! why=$("${apart[@]}" sh -c 'ip link set lo up && ip link add try-bridge type bridge && ip link add try-line type veth peer name try-end' 2>&1); then
    say "Network namespaces with a bridge and veth pairs cannot be made here, as in a container without CAP_SYS_ADMIN and CAP_NET_ADMIN: ${why:-unshare failed}"
    exit 2
fi

need_dotnet
need redis-server=redis-server
need_postgres
if [ "$configuration" = Release ] && [ -z "${CROSSPROVINCE_PROGRAM:-}" ]; then
    eng/publish.sh artifacts/program
    export CROSSPROVINCE_PROGRAM=$PWD/artifacts/program/crossprovince.dll
fi

project=CrossProvince.Faults.Tests
dotnet build "tests/$project" -c "$configuration" -v q

# Files of databases and nodes; PostgreSQL's own user must find its way into it.
folder=$(mktemp -d "${TMPDIR:-/tmp}/crossprovince-provinces-XXXXXX")
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
trap '{ kill -KILL "$run" && wait "$run"; } 2>/dev/null || true; exit 130' INT TERM

# Outside it, /run/netns stays as it is: the names of the namespaces are kept in a file system of its own.
TMPDIR=$folder "${apart[@]}" sh -c 'mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && ip link set lo up && "$@"; exit $?' sh \
    dotnet test "artifacts/bin/$project/${configuration,,}/$project.dll" --filter "FullyQualifiedName~Provinces.ProvinceTests." --logger "console;verbosity=normal" </dev/null &
run=$!
wait "$run"
