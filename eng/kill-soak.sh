#!/usr/bin/env bash
# Kills nodes under load many times over, and compares what was acknowledged with what is there (docs/adr/0006).
#
#   eng/kill-soak.sh [KILLS [SEED]]      default: 2000 kills, a seed of the day
#
# CONFIGURATION chooses Debug or Release (default). The same seed chooses the same moments; the machine's own timing stays its own.
set -euo pipefail
cd "$(dirname "$0")/.."

configuration=${CONFIGURATION:-Release}
export KILL_COUNT=${1:-2000}
export KILL_SEED=${2:-$(date -u +%Y%m%d)}

if [ "$configuration" = Release ]; then
    eng/publish.sh artifacts/program
    export CROSSPROVINCE_PROGRAM=$PWD/artifacts/program/crossprovince.dll
fi

dotnet build tests/CrossProvince.Integration.Tests -c "$configuration" -v q
dotnet test "artifacts/bin/CrossProvince.Integration.Tests/${configuration,,}/CrossProvince.Integration.Tests.dll" \
    --filter FullyQualifiedName~KillTests --logger "console;verbosity=detailed"
