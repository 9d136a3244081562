#!/usr/bin/env bash
# How long a clerk waits, from the scanner's last key to the answer on the screen, in a browser beside the node: prints median, 95 % and the longest.
#
#   eng/scan-latency.sh [SCANS]      default: 200; CONFIGURATION chooses Debug or Release (default)
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet
need node=nodejs npm=npm chromium=chromium
need_packages tests/CrossProvince.Integration.Tests/Browser/scripts

output=$(CROSSPROVINCE_SCANS=${1:-200} dotnet test tests/CrossProvince.Integration.Tests -c "${CONFIGURATION:-Release}" --filter FullyQualifiedName~ScanLatencyTests --logger "console;verbosity=detailed") || { say "$output"; exit 1; }
grep --only-matching "Scan to answer.*" <<<"$output" | sort -u
