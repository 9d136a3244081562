#!/usr/bin/env bash
# Writes docs/configuration.md anew from the options classes. A test fails while it is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet

touch docs/configuration.md
CROSSPROVINCE_WRITE_CONFIGURATION="$PWD/docs/configuration.md" \
    dotnet test tests/CrossProvince.Service.Tests -v q --filter Page_AgainstOptions_IsUpToDate >&2
say "docs/configuration.md is up to date."
