#!/usr/bin/env bash
# A node whose PostgreSQL, then whose Redis, is away for a whole minute: gone, and hanging (docs/operations.md, "When PostgreSQL or Redis is away").
#
#   eng/outage.sh [SECONDS]
#
# SECONDS is how long each outage lasts (default 60). Exit code 0: every answer was as documented.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet
need redis-server=redis-server
need_postgres
export OUTAGE_SECONDS=${1:-60} CONFIGURATION=${CONFIGURATION:-Release}
dotnet test tests/CrossProvince.Integration.Tests -c "$CONFIGURATION" --filter "FullyQualifiedName~OutageTests" --logger "console;verbosity=normal"
