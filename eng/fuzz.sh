#!/usr/bin/env bash
# Reads changed and made-up codes for a while and compares each with a second reader (tests/CrossProvince.Core.Tests/Fuzzing).
#
#   eng/fuzz.sh [MINUTES]      default: 10
#
# CONFIGURATION chooses Debug or Release (default). A text that is read wrongly is made as simple as possible and printed with its seed:
# CsCheck_Seed=SEED eng/fuzz.sh tries it again. Add it to tests/CrossProvince.Core.Tests/Fuzzing/finds.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

configuration=${CONFIGURATION:-Release}
export FUZZ_SECONDS=$((${1:-10} * 60))

dotnet build tests/CrossProvince.Core.Tests -c "$configuration" -v q
nice dotnet test "artifacts/bin/CrossProvince.Core.Tests/${configuration,,}/CrossProvince.Core.Tests.dll" \
    --filter 'Category=Fuzzing' --logger "console;verbosity=detailed"
