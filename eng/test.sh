#!/usr/bin/env bash
# Builds the solution and runs all its tests. Last line: "N passed, N failed" or "N passed, N failed, N skipped".
#
#   eng/test.sh [--no-build] [arguments of dotnet test, such as --filter NAME]
#
# CONFIGURATION chooses Debug or Release (default). Exit code: 0 all passed; 1 a test or the build failed, or no test ran;
# 2 a program is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet
need zbarimg=zbar-tools rsvg-convert=librsvg2-bin openssl=openssl haproxy=haproxy redis-server=redis-server redis-cli=redis-tools
need_postgres
need node=nodejs npm=npm chromium=chromium
need_packages docs/partners/node
need_packages docs/partners/offline
need_packages tests/CrossProvince.Integration.Tests/Browser/scripts

configuration=${CONFIGURATION:-Release}
results=artifacts/test-results

if [ "${1:-}" = --no-build ]; then
    shift
else
    dotnet build CrossProvince.sln -c "$configuration" -v q || { say "The build failed; no test ran."; exit 1; }
fi

# Tests that start processes run the program as it is deployed; in Debug, the one beside the tests. Who has published it already says where it is.
if [ "$configuration" = Release ] && [ -z "${CROSSPROVINCE_PROGRAM:-}" ]; then
    eng/publish.sh artifacts/program || { say "The program could not be published; no test ran."; exit 1; }
    export CROSSPROVINCE_PROGRAM=$PWD/artifacts/program/crossprovince.dll
fi

# run PROJECT RESULTS [OPTION…]: the tests of a built project, counted from RESULTS.trx.
run() {
    say "== $2"
    dotnet test "artifacts/bin/$1/${configuration,,}/$1.dll" --logger "trx;LogFileName=$2.trx" --results-directory "$results" "${@:3}" </dev/null
}

# What is calculated: Core, and the engines of signatures as lesser processors have them: four lanes, then none.
run_core() {
    local feature failed=0
    run "$core" "$core" || failed=1
    for feature in AVX512 AVX2; do
        (export "DOTNET_Enable$feature=0" && run "$core" "$core.Without$feature" --filter Category=Engines) || failed=1
    done
    return $failed
}

# What is left beside Core and the integration tests, side by side.
run_others() {
    local project i runs=() failed=0
    for project in "${others[@]}"; do
        run "$project" "$project" >"$results/$project.log" 2>&1 &
        runs+=($!)
    done
    for i in "${!others[@]}"; do
        wait "${runs[i]}" || failed=1
        cat "$results/${others[i]}.log"
    done
    return $failed
}

# The first stage, in a shell of its own. Processors are what it lacks: what .NET does for programs that live longer is left out, and no disk is waited for.
run_side_by_side() {
    local failed=0 core_run others_run
    export DOTNET_EnableWriteXorExecute=0
    if [ "$(df --output=avail -B1G /dev/shm 2>/dev/null | tail -1)" -ge 8 ] 2>/dev/null && TMPDIR=$(mktemp -d /dev/shm/crossprovince-XXXXXX); then
        trap 'rm -rf "$TMPDIR"' EXIT
        chmod 755 "$TMPDIR" # PostgreSQL has a user of its own.
        export TMPDIR
    fi

    # Core keeps the compiler as it is deployed: it looks at what machine code tells of keys.
    run_core >"$results/core.log" 2>&1 &
    core_run=$!
    export DOTNET_TieredPGO=0
    run_others >"$results/others.log" 2>&1 &
    others_run=$!
    run "$integration" "$integration" --filter 'Category!=Few&Category!=Alone' || failed=1
    wait "$core_run" || failed=1
    wait "$others_run" || failed=1
    cat "$results/core.log" "$results/others.log"
    return $failed
}

rm -rf "$results" artifacts/test-logs
mkdir -p "$results"
core=CrossProvince.Core.Tests
integration=CrossProvince.Integration.Tests
faults=CrossProvince.Faults.Tests
logs=CrossProvince.Logs.Tests
mapfile -t others < <(dotnet sln CrossProvince.sln list | sed -n 's|^tests/[^/]*/\(.*\)[.]csproj$|\1|p' | grep -vx -e "$core" -e "$integration" -e "$faults" -e "$logs")
outcome=0
if [ $# -gt 0 ]; then
    for project in "$core" "${others[@]}" "$integration" "$faults" "$logs"; do
        run "$project" "$project" "$@" || outcome=1
    done
else
    # Side by side, for most of them wait. Then faults, on a machine that has room for the region that they happen to; then a few tests at a time that
    # start nodes as processes; then, with nothing else running, what measures time. Last comes the one that reads what the nodes of all the others have logged.
    (run_side_by_side) || outcome=1
    run "$faults" "$faults" || outcome=1
    run "$integration" "$integration.Few" --filter Category=Few || outcome=1
    run "$integration" "$integration.Alone" --filter Category=Alone || outcome=1
    run "$logs" "$logs" || outcome=1
fi

mapfile -t files < <(find "$results" -name '*.trx' 2>/dev/null)
counts="0 0 0"
if [ ${#files[@]} -gt 0 ]; then
    # A skipped test is in total but not in executed; the attribute notExecuted stays 0.
    counts=$(grep -ho '<Counters [^>]*>' "${files[@]}" | awk '
        function count(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) + 0 : 0 }
        { passed += count("passed"); failed += count("executed") - count("passed"); skipped += count("total") - count("executed") }
        END { print passed + 0, failed + 0, skipped + 0 }')
fi
read -r passed failed skipped <<<"$counts"

if [ "$outcome" -ne 0 ] && [ "$failed" -eq 0 ]; then
    say "A test run ended before its tests did; it is counted as one failure."
    failed=1
elif [ $((passed + failed)) -eq 0 ]; then
    say "No test ran."
    outcome=1
fi

line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$outcome" -eq 0 ] && [ "$failed" -eq 0 ]
