#!/usr/bin/env bash
# What a machine without a container engine can tell of the files here: publishes the program as the Containerfile does, without
# sample keys, and runs the deployment tests with it; checks unit, gateway, container and compose files with their own tools.
# The suite runs the same tests. Exit code: 0 all is well; 1 something is wrong; 2 a program is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
. eng/tools.sh
need_dotnet
need systemd-analyze=systemd haproxy=haproxy openssl=openssl node=nodejs npm=npm
need_packages eng/deploy/lint
need_packages src/CrossProvince.Service/Web/pages

work=artifacts/deploy
rm -rf "$work"
mkdir -p "$work"

say "== container and compose file"
node eng/deploy/lint/lint.js

say "== pages"
(cd src/CrossProvince.Service/Web/pages && CROSSPROVINCE_PAGES="$OLDPWD/artifacts/pages" npm run build --silent >&2)

say "== publish"
# The command of the Containerfile, with another folder.
publish=$(sed -n 's|^RUN \(eng/publish.sh\) /publish \(.*\)$|\1 '"$work/published"' \2|p' eng/deploy/Containerfile)
[ -n "$publish" ] || { say "The Containerfile does not publish as expected."; exit 1; }
$publish
secrets=$(find "$work/published" -name '*.pem' -o -name '*.cose' -o -name '*.pfx' -o -path '*certs-sample*')
[ -z "$secrets" ] || { say "The published program holds keys or certificates:"; say "$secrets"; exit 1; }

say "== unit"
sed "s|^ExecStart=.*|ExecStart=$PWD/$work/published/crossprovince node|" eng/deploy/crossprovince-node.service >"$work/crossprovince-node.service"
systemd-analyze verify "$work/crossprovince-node.service"
systemd-analyze security --offline=true --threshold=20 "$work/crossprovince-node.service" | tail -1 >&2

say "== gateway"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
cat "$work/cert.pem" "$work/key.pem" >"$work/web.pem"
API=127.0.0.1:7443 WEB=127.0.0.1:8443 WEB_CERTIFICATE="$PWD/$work/web.pem" \
    NODE_1_API=127.0.0.1:1 NODE_1_WEB=127.0.0.1:2 NODE_2_API=127.0.0.1:3 NODE_2_WEB=127.0.0.1:4 \
    haproxy -c -q -f eng/deploy/haproxy.cfg

say "== published node"
CROSSPROVINCE_PROGRAM="$PWD/$work/published/crossprovince.dll" \
    dotnet test tests/CrossProvince.Integration.Tests -c Release -v q --filter FullyQualifiedName~Integration.Tests.Deployment >&2
say "All is well. No container was built: that needs an engine."
