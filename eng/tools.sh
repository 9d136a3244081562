# shellcheck shell=bash
# Sourced by the scripts beside it: finds the programs that they need.

say() { printf '%s\n' "$*" >&2; }

# need COMMAND=PACKAGE…: every command is there afterwards, or the script ends and says what is missing.
need() {
    local pair missing=() packages=()
    for pair in "$@"; do
        if ! command -v "${pair%%=*}" >/dev/null; then
            missing+=("${pair%%=*}")
            packages+=("${pair#*=}")
        fi
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        say "Installing ${packages[*]} ..."
        if apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2; then
            return 0
        fi
    fi
    say "Missing: ${missing[*]}. Install the Debian packages ${packages[*]}, or run this once as root where apt-get works."
    exit 2
}

# PostgreSQL's server programs, which Debian keeps outside the path. Tests start a server of their own; none is started here.
need_postgres() {
    local bin
    for bin in /usr/lib/postgresql/*/bin; do
        PATH="$PATH:$bin"
    done
    need initdb=postgresql
}

# need_packages FOLDER: the npm packages that its lock file names are installed there; the machine's npm configuration says from where.
need_packages() {
    if ! cmp -s "$1/package-lock.json" "$1/node_modules/installed.json"; then
        say "Installing the packages of $1 ..."
        (cd "$1" && npm ci --silent >&2 && cp package-lock.json node_modules/installed.json) || { say "Missing: the npm packages of $1; 'npm ci' there says why."; exit 2; }
    fi
}

# .NET itself, and the Unicode data without which no display can be compared with its normal form.
need_dotnet() {
    command -v dotnet >/dev/null || { say "Missing: dotnet, the .NET SDK; global.json names the version."; exit 2; }
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false
    if [ "$(uname)" = Linux ] && ! PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep libicuuc >/dev/null; then
        need libicuuc=libicu-dev
    fi
}
