#!/usr/bin/env bash
# Takes the pictures of the pages in docs/images anew, at phone, tablet and desktop width: the browser tests do, as they check every width.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet
need node=nodejs npm=npm chromium=chromium
need_packages tests/CrossProvince.Integration.Tests/Browser/scripts

CROSSPROVINCE_PICTURES="$PWD/docs/images" dotnet test tests/CrossProvince.Integration.Tests -v q --filter "Category=Pictures" >&2
ls -l docs/images/*.webp >&2
