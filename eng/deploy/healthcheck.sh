#!/usr/bin/env bash
# healthcheck.sh PORT: whether the node that serves Listen:Web there is ready. The runtime image has no program that speaks HTTP; bash does.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET /healthz/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
IFS=' ' read -r -t 3 _ status _ <&3
[ "$status" = 200 ]
