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
need zbarimg=zbar-tools rsvg-convert=librsvg2-bin openssl=openssl haproxy=haproxy redis-server=redis-server
need_postgres
need node=nodejs npm=npm
need_packages docs/partners/node

configuration=${CONFIGURATION:-Release}
results=artifacts/test-results

if [ "${1:-}" = --no-build ]; then
    shift
else
    dotnet build CrossProvince.sln -c "$configuration" -v q || { say "The build failed; no test ran."; exit 1; }
fi

# Tests that start processes run the program as it is deployed; in Debug, the one beside the tests.
if [ "$configuration" = Release ]; then
    eng/publish.sh artifacts/program || { say "The program could not be published; no test ran."; exit 1; }
    export CROSSPROVINCE_PROGRAM=$PWD/artifacts/program/crossprovince.dll
fi

# One project after the other: some tests measure time, and some kill processes. Last comes the one that reads what the nodes of the others have logged.
rm -rf "$results" artifacts/test-logs
outcome=0
while read -r project; do
    name=$(basename "$project" .csproj)
    say "== $name"
    dotnet test "artifacts/bin/$name/${configuration,,}/$name.dll" --logger "trx;LogFileName=$name.trx" --results-directory "$results" "$@" </dev/null || outcome=1
done < <(dotnet sln CrossProvince.sln list | grep '^tests/' | awk '/Logs[.]Tests/ { last = $0; next } { print } END { print last }')

# What a lesser processor would verify signatures with: four lanes, then none.
if [ $# -eq 0 ]; then
    for feature in EnableAVX512 EnableAVX2; do
        name=CrossProvince.Core.Tests
        say "== $name, signatures with DOTNET_$feature=0"
        env "DOTNET_$feature=0" dotnet test "artifacts/bin/$name/${configuration,,}/$name.dll" --filter 'Category=Engines' \
            --logger "trx;LogFileName=$name.$feature.trx" --results-directory "$results" </dev/null || outcome=1
    done
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
