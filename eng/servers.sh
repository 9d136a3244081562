# shellcheck shell=bash
# Sourced by scripts that need a PostgreSQL and a Redis of their own: on free ports of loopback, in a temporary folder, stopped and removed when the script ends.

servers=

# start_servers: starts both; afterwards $servers_database and $servers_redis are connection strings.
start_servers() {
    servers=$(mktemp -d "${TMPDIR:-/tmp}/crossprovince-servers-XXXXXX")
    trap stop_servers EXIT
    local port
    port=$(free_port)
    [ "$(id -u)" -ne 0 ] || chown postgres "$servers"
    as_postgres initdb --pgdata "$servers/postgres" --username postgres --auth trust --encoding UTF8 >"$servers/initdb.log" 2>&1 \
        || { cat "$servers/initdb.log" >&2; return 1; }
    as_postgres pg_ctl --pgdata "$servers/postgres" --wait --log "$servers/postgres/log" \
        --options "-p $port -k $servers/postgres -c listen_addresses=127.0.0.1" start >/dev/null </dev/null
    # The result is read with these settings: nothing of what makes a commit durable is switched off.
    as_postgres createdb --host 127.0.0.1 --port "$port" --username postgres node
    servers_database="Host=127.0.0.1;Port=$port;Database=node;Username=postgres"

    port=$(free_port)
    mkdir "$servers/redis"
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$servers/redis" >"$servers/redis/log" 2>&1 &
    servers_redis_process=$!
    until redis-cli -p "$port" ping >/dev/null 2>&1; do
        kill -0 "$servers_redis_process" 2>/dev/null || { cat "$servers/redis/log" >&2; return 1; }
        sleep 0.1
    done
    servers_redis="127.0.0.1:$port"
}

stop_servers() {
    [ -n "$servers" ] || return 0
    [ -z "${servers_redis_process:-}" ] || { kill "$servers_redis_process" && wait "$servers_redis_process"; } 2>/dev/null || true
    as_postgres pg_ctl --pgdata "$servers/postgres" --mode immediate stop >/dev/null 2>&1 || true
    rm -rf "$servers"
    servers=
}

# PostgreSQL refuses to run as root: then it runs as the user that its package makes.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd "$servers" && exec runuser -u postgres -- "$(command -v "$1")" "${@:2}")
    else
        "$@"
    fi
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}
