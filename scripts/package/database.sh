#!/bin/sh
# The database of presensid on this machine's own PostgreSQL. Run as root.
#   database create [NAME]   roles, database and schema; brings an older schema up; to be run again at will
#   database drop [NAME]     the database with everything in it, and the roles
# Without NAME: the database that the configuration names. Ends with 3 where no server answers on this machine.
set -e
configuration=${PRESENSI_CONFIGURATION:-/etc/presensi/presensi.yaml}
roles=/usr/share/presensi/roles.sql

say() { echo "presensid: $*" >&2; }
as_postgres() { (cd / && runuser -u postgres -- "$@"); }
sql() { as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# The storage that is configured, as lines of `presensid check-config`. A mistake anywhere in the configuration leaves
# what stands in the file: an upgrade brings the schema up in spite of it.
storage_settings() {
  # Credentials are where the service manager takes them from.
  if CREDENTIALS_DIRECTORY=/etc/credstore presensid check-config --config "$configuration" 2>"$1"; then
    return
  fi
  say "the configuration has a mistake; presensid does not start with it:"
  cat "$1" >&2
  sed -e 's/^[[:space:]]*#.*//' -e 's/[[:space:]]#.*//' "$configuration" 2>/dev/null || true
}

# A value of a connection, in either of the forms that libpq reads.
parameter() { printf ' %s\n' "$url" | sed -n "s/.*[?& ]$1=\([^& ]*\).*/\1/p"; }

# Sets $name, or says why there is nothing to be done here and ends.
read_name() {
  mistakes=$(mktemp)
  settings=$(storage_settings "$mistakes")
  rm -f "$mistakes"
  if printf '%s\n' "$settings" | grep -Eq '(^|[[:space:]{,])backend:[[:space:]]*"?sqlite'; then
    say "the configuration uses sqlite; there is no database to create"
    exit 0
  fi
  # The first that is no address of a web hook.
  url=$(printf '%s\n' "$settings" | sed -n 's/.*postgres: *{.*[ {]url: *//p; s/^ *url: *//p' |
    grep -v '^"\{0,1\}https\{0,1\}:' | head -n 1)
  case $url in
    \"*) url=${url#\"} url=${url%%\"*} ;;
    *) url=${url%%[,\}]*} ;;
  esac
  host=$(parameter host)
  name=$(parameter dbname)
  case $url in
    *://*)
      authority=${url#*://}
      path=${authority#"${authority%%[/?]*}"}
      authority=${authority%%[/?]*}
      authority=${authority##*@}
      case $authority in \[*) authority=${authority%%]*}] ;; *) authority=${authority%%:*} ;; esac
      host=${host:-$authority}
      path=${path#/}
      name=${name:-${path%%\?*}}
      ;;
  esac
  case $host in
    '' | "$(uname -n)" | localhost | 127.* | '[::1]' | ::1 | /* | %2[Ff]*) ;;
    *)
      say "the database is on $host: bring its schema up with \"presensid migrate\" (\"Install\" in" \
        "/usr/share/doc/presensid/operations.md); presensid waits for that"
      exit 0
      ;;
  esac
  name=${name:-presensi}
}

action=$1
name=$2
case $action in create | drop) ;; *) echo "usage: $0 create|drop [NAME]" >&2 && exit 2 ;; esac
[ -n "$name" ] || read_name
case $name in
  *[!A-Za-z0-9_-]*) say "$name is no name of a database that this can create: letters, digits, _ and -" && exit 2 ;;
esac

if ! getent passwd postgres >/dev/null || ! sql -d postgres -c 'SELECT 1' >/dev/null 2>&1; then
  say "no PostgreSQL server answers on this machine"
  exit 3
fi

case $action in
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
    cat >"$settings" <<END
storage:
  backend: postgres
  postgres:
    url: "postgresql:///$name"
    owner_url: "postgresql:///$name?options=-c%20role%3Dpresensi_owner"
END
    as_postgres presensid migrate --config "$settings"
    ;;
  drop)
    as_postgres dropdb --if-exists --force "$name"
    for role in presensid presensi_owner sikep_reader; do
      as_postgres dropuser --if-exists "$role" || say "the role $role is still used elsewhere and stays"
    done
    ;;
esac
