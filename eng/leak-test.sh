#!/usr/bin/env bash
# Measures whether the time of signing tells anything of a key, with as many samples as it takes to believe the answer (docs/adr/0028).
#
#   eng/leak-test.sh [SAMPLES]      of each operation and secret; default 1000000, some ten minutes on an idle machine
#
# Prints |t| of each test: below 4.5 where nothing may leak, above where a leak was built in. CONFIGURATION chooses Debug or Release (default).
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

configuration=${CONFIGURATION:-Release}
export LEAK_SAMPLES=${1:-1000000}

dotnet build tests/CrossProvince.Core.Tests -c "$configuration" -v q >&2
dotnet test "artifacts/bin/CrossProvince.Core.Tests/${configuration,,}/CrossProvince.Core.Tests.dll" --filter Category=Leaks --logger "console;verbosity=detailed"
