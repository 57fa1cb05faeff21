#!/usr/bin/env bash
# A throw-away PostgreSQL cluster in a folder of its own, as an unprivileged user.
#   postgres_cluster.sh create FOLDER [SETTING=VALUE]...   makes it, starts it, writes FOLDER/url; prints the URL
#   postgres_cluster.sh start FOLDER                       starts it again, on the same port
#   postgres_cluster.sh stop FOLDER [fast|immediate]
#   postgres_cluster.sh remove FOLDER                      stops it and removes the folder
set -euo pipefail
command=$1
folder=$2
shift 2
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)

# PostgreSQL refuses to run as root.
server() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$folder" "$bin/$1" "${@:2}")
  else
    "$bin/$1" "${@:2}"
  fi
}

control() { server pg_ctl -D "$folder/data" -s -w -t 60 "$@"; }

case "$command" in
  create)
    [ ! -e "$folder" ] || "$0" remove "$folder" # left by a run that was killed
    mkdir -p "$folder"
    chmod 755 "$folder"
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$folder"
    server initdb -D "$folder/data" -U owner -A trust -E UTF8 --locale=C --no-sync >/dev/null
    {
      echo "unix_socket_directories = '$folder'"
      echo "listen_addresses = '127.0.0.1'"
      echo "max_connections = 200"
      for setting in "$@"; do echo "$setting"; done
    } >>"$folder/data/postgresql.conf"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      port=$((20000 + RANDOM % 12000))
      sed -i '/^port = /d' "$folder/data/postgresql.conf"
      echo "port = $port" >>"$folder/data/postgresql.conf"
      if control -l "$folder/log" start >/dev/null 2>&1; then
        echo "postgresql://owner@127.0.0.1:$port/postgres" | tee "$folder/url"
        exit 0
      fi
    done
    cat "$folder/log" >&2
    exit 1
    ;;
  start)
    control -l "$folder/log" start || {
      tail -n 20 "$folder/log" >&2
      exit 1
    }
    ;;
  stop) control -m "${1:-fast}" stop ;;
  remove)
    [ ! -e "$folder/data/postmaster.pid" ] || control -m immediate stop
    rm -rf "$folder"
    ;;
  *)
    echo "unknown: $command" >&2
    exit 2
    ;;
esac
