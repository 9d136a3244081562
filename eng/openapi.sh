#!/usr/bin/env bash
# Writes docs/openapi.json anew from the protos; the types of the pages are made from it. A test fails while it is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

CROSSPROVINCE_WRITE_OPENAPI="$PWD/docs/openapi.json" \
    dotnet test tests/CrossProvince.Integration.Tests -v q --filter Document_InTheRepository_IsUpToDate >&2
say "docs/openapi.json is up to date."
