#!/usr/bin/env bash
# Lints protos/ with buf and holds them against every earlier protocol (tests/Goldens), without asking any remote module registry: Google's protos come
# from the restored NuGet package.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet
need node=nodejs npm=npm

contracts=src/CrossProvince.Contracts/CrossProvince.Contracts.csproj
[ -f artifacts/obj/CrossProvince.Contracts/project.assets.json ] || dotnet restore "$contracts" -v q >&2
package=$(dotnet msbuild "$contracts" -getProperty:PkgGoogle_Api_CommonProtos)
[ -d "$package/content/protos/google/api" ] || { say "Google.Api.CommonProtos is not restored: run dotnet restore."; exit 2; }

work=artifacts/proto-lint
mkdir -p "$work/google/google/api"
rm -rf "$work/protos"
cp -R protos "$work/protos"
cp "$package"/content/protos/google/api/{annotations,field_behavior,http}.proto "$work/google/google/api/"
cp eng/buf/buf.yaml eng/buf/package.json eng/buf/package-lock.json eng/buf/.npmrc "$work/"

cd "$work"
if ! cmp -s package-lock.json installed.json; then
    # Not npm ci: it demands every platform's build of buf in the lock file, also those that a registry may not carry.
    npm install --no-save --silent >&2
    cp package-lock.json installed.json
fi
./node_modules/.bin/buf lint
./node_modules/.bin/buf build --exclude-source-info -o protos.binpb
for golden in ../../tests/Goldens/*/protos.binpb; do
    ./node_modules/.bin/buf breaking protos.binpb --against "$golden" || { say "protos: not what nodes of $(basename "$(dirname "$golden")") understand; fields are added, none changes (docs/adr/0064)."; exit 1; }
done
say "protos: clean, and only grown"
