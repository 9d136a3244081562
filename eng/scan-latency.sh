#!/usr/bin/env bash
# How long a clerk waits, from the scanner's last key to the answer on the screen, in a browser beside the node: prints median, 95 % and the longest.
#
#   eng/scan-latency.sh [SCANS]      default: 200
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet
need node=nodejs npm=npm chromium=chromium
need_packages tests/CrossProvince.Integration.Tests/Browser/scripts

CROSSPROVINCE_SCANS=${1:-200} dotnet test tests/CrossProvince.Integration.Tests -c Release --filter FullyQualifiedName~ScanLatencyTests --logger "console;verbosity=detailed" |
    grep --only-matching --max-count 1 "Scan to answer.*"
