#!/bin/sh
# The database of presensid on this machine's own PostgreSQL. Run as root.
#   database create     roles, database and schema; brings an older schema up; to be run again at will
#   database drop       the database with everything in it, and the roles
set -e
name=presensi
roles=/usr/share/presensi/roles.sql

as_postgres() { (cd / && runuser -u postgres -- "$@"); }
sql() { as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

if ! getent passwd postgres >/dev/null || ! sql -d postgres -c 'SELECT 1' >/dev/null 2>&1; then
  echo "presensid: no PostgreSQL server answers on this machine" >&2
  exit 3
fi

case "$1" in
  create)
    if [ -z "$(sql -d postgres -c "SELECT 1 FROM pg_database WHERE datname = '$name'")" ]; then
      # Whatever the locale of the server is: PINs and names come in UTF-8.
      as_postgres createdb -T template0 -E UTF8 --locale=C.UTF-8 "$name"
      echo "presensid: created the database $name"
    fi
    sql -d "$name" -f "$roles"
    # The schema belongs to presensi_owner, whom the daemon cannot be.
    settings=$(mktemp)
    trap 'rm -f "$settings"' EXIT
    chmod 644 "$settings"
    cat >"$settings" <<EOF
storage:
  backend: postgres
  postgres:
    url: "postgresql:///$name"
    owner_url: "postgresql:///$name?options=-c%20role%3Dpresensi_owner"
EOF
    as_postgres presensid migrate --config "$settings"
    ;;
  drop)
    as_postgres dropdb --if-exists --force "$name"
    for role in presensid presensi_owner sikep_reader; do
      as_postgres dropuser --if-exists "$role" || echo "presensid: the role $role is still used elsewhere and stays" >&2
    done
    ;;
  *)
    echo "usage: $0 create|drop" >&2
    exit 2
    ;;
esac
