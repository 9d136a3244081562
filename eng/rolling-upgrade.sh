#!/usr/bin/env bash
# Two versions of a node in one federation: Beijing runs an older version, Tianjin this one; they follow one another, verify one another's codes and revocations; then Beijing is
# upgraded in place. Prints each step, and exits 0 only if every step gave what it should.
#
#   eng/rolling-upgrade.sh REF        the older version: a commit or a tag
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/tools.sh
need_dotnet
need git=git curl=curl
[ $# -eq 1 ] || { say "eng/rolling-upgrade.sh REF: name the older version."; exit 2; }
ref=$(git rev-parse --verify --quiet "$1^{commit}") || { say "There is no commit $1."; exit 2; }

work=$(mktemp -d)
declare -A pid=()
finish() {
    set +e
    for node in "${!pid[@]}"; do kill "${pid[$node]}" && wait "${pid[$node]}"; done 2>/dev/null
    git worktree remove --force "$work/source" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

say "Building $(git log -1 --format='%h %s' "$ref") and this version ..."
before=$PWD/artifacts/rolling/$ref
if [ ! -f "$before/crossprovince.dll" ]; then
    git worktree add --quiet --detach "$work/source" "$ref"
    (cd "$work/source" && dotnet build src/CrossProvince.Cli -c Release -v q >&2 && mkdir -p "${before%/*}" && cp -R artifacts/bin/CrossProvince.Cli/release "$before")
fi
dotnet build src/CrossProvince.Cli -c Release -v q >&2

older() { dotnet "$before/crossprovince.dll" "$@"; }
newer() { dotnet artifacts/bin/CrossProvince.Cli/release/crossprovince.dll "$@"; }
declare -A api=([110000]=https://localhost:29443 [120000]=https://localhost:29444) web=([110000]=http://127.0.0.1:29080 [120000]=http://127.0.0.1:29081)
fed=$work/federation
older certs new --out "$fed" --regions 110000 120000 --api "110000=${api[110000]}" --api "120000=${api[120000]}" >/dev/null 2>&1

# start VERSION REGION
start() {
    local root=$fed/roots/root
    "$1" node --environment Development --Region "$2" --Listen:Api "${api[$2]}" --Listen:Web "${web[$2]}" --Identity:Directory "$fed/$2/node" --Partners:File "$fed/$2/partners.json" \
        --Trust:List "$fed/trust-list.cose" --Trust:Roots:0 "$root-1.pub.pem" --Trust:Roots:1 "$root-2.pub.pem" --Trust:Roots:2 "$root-3.pub.pem" \
        --Keys:Code "$fed/$2/keys/code.key.pem" --Keys:Index "$fed/$2/keys/index.key.pem" --Keys:Receipt "$fed/$2/keys/receipt.key.pem" \
        --ConnectionStrings:Database "Data Source=$work/$2.db" --Storage:KeyFile "$fed/$2/storage.keys" --Recording:Directory "$work/$2.spool" >>"$work/$2.log" 2>&1 &
    pid[$2]=$!
    for _ in $(seq 120); do
        kill -0 "${pid[$2]}" 2>/dev/null || break
        curl -sk "${web[$2]}/healthz/ready" -o /dev/null && return
        sleep 1
    done
    say "The node of $2 did not start:"; tail -5 "$work/$2.log" >&2; exit 1
}

failed=0
# step WHAT EXPECTED SEEN
step() {
    if [ "$2" = "$3" ]; then printf 'as expected  %-62s %s\n' "$1" "$3"; else printf 'WRONG        %-62s %s, not %s\n' "$1" "$3" "$2"; failed=1; fi
}

licence() { sed -n "$2p" "$work/$1.jsonl" | sed 's/.*"licence_id":"\([^"]*\)".*/\1/'; }
verdict() { sed -n 's/.*"verdict": *"VERDICT_\([A-Z_]*\)".*/\1/p'; }

# verify VERSION ISSUER VERIFIER LINE WANTED: a fresh code, asked about until it is so or a minute is over
verify() {
    local code seen=""
    for _ in $(seq 30); do
        code=$("$1" present --licence "$(licence "$2" "$4")" --scenario counter-check --json --node "${api[$2]}" --region "$2" --identity "$fed/$2/verifier" 2>>"$work/cli.log" | sed -n 's/.*"code": *"\([^"]*\)".*/\1/p' || true)
        [ -n "$code" ] && break
        sleep 2
    done
    for _ in $(seq 30); do
        seen=$("$1" verify "$code" --scenario counter-check --terminal rolling --json --node "${api[$3]}" --identity "$fed/$3/verifier" 2>>"$work/cli.log" | verdict || true)
        [ "$seen" = "$5" ] && break
        sleep 1
    done
    kept=$code
    step "$6" "$5" "${seen:-no answer}"
}

# revoked VERSION ISSUER VERIFIER LINE: the code made before, once its licence is revoked
revoked() {
    local seen=""
    "$1" licence status "$(licence "$2" "$4")" --set revoked --reason test --node "${api[$2]}" --identity "$fed/$2/authority" >/dev/null 2>>"$work/cli.log" || true
    for _ in $(seq 60); do
        seen=$("$1" verify "$kept" --scenario counter-check --terminal rolling --json --node "${api[$3]}" --identity "$fed/$3/verifier" 2>>"$work/cli.log" | verdict || true)
        [ "$seen" = REVOKED ] && break
        sleep 1
    done
    step "$5" REVOKED "${seen:-no answer}"
}

for region in 110000 120000; do
    older storage new-key --file "$fed/$region/storage.keys" >/dev/null 2>&1
    older sample --holders 20 --seed 1 --region "$region" --out "$work/$region.jsonl" >/dev/null 2>&1
done
start older 110000
start newer 120000
for region in 110000 120000; do
    step "licences are imported in $region: exit code" 0 "$(older licence import "$work/$region.jsonl" --node "${api[$region]}" --identity "$fed/$region/authority" >>"$work/cli.log" 2>&1; echo $?)"
done

verify older 110000 120000 1 VALID "older Beijing's code in newer Tianjin"
revoked older 110000 120000 1 "older Beijing's revocation in newer Tianjin"
verify newer 120000 110000 1 VALID "newer Tianjin's code in older Beijing"
revoked newer 120000 110000 1 "newer Tianjin's revocation in older Beijing"

kill "${pid[110000]}" && wait "${pid[110000]}" 2>/dev/null || true
start newer 110000
verify newer 110000 120000 2 VALID "upgraded Beijing's code in Tianjin"
revoked newer 110000 120000 2 "upgraded Beijing's revocation in Tianjin"
verify newer 120000 110000 2 VALID "Tianjin's code in upgraded Beijing"
step "critical log lines of any node" 0 "$(cat "$work"/1?0000.log | grep -c "^crit" || true)"
[ "$failed" -eq 0 ] || { tail -20 "$work/cli.log" >&2; exit 1; }
