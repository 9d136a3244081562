#!/usr/bin/env bash
# Builds the program as it is deployed: one folder, compiled ahead for this machine, so that a node starts in half the time.
#
#   eng/publish.sh [FOLDER]      default: artifacts/program; start it with: dotnet FOLDER/crossprovince.dll
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

dotnet publish src/CrossProvince.Cli -c Release --use-current-runtime --no-self-contained -p:PublishReadyToRun=true -o "${1:-artifacts/program}" -v q
