#!/bin/sh
# Backups of the database of presensid. Run as root.
#   backup make [FOLDER]     one more in FOLDER (/var/backups/presensi); the newest $PRESENSI_KEEP (14) stay
#   backup drill FILE        restores it beside the real database, compares it with what was counted when it was made, drops it
#   backup restore FILE      puts it in the place of a database that has no punches
# FILE is a pg_dump (custom format); FILE.counts, made in the same snapshot, is what has to be in it.
# PostgreSQL elsewhere: set PGHOST and PGUSER (a superuser), and the password in ~/.pgpass.
set -eu
umask 077
name=${PRESENSI_DATABASE:-presensi}
here=$(dirname "$0")
roles=${PRESENSI_ROLES:-/usr/share/presensi/roles.sql}

say() { echo "presensid: $*" >&2; }
stop() { say "$*"; exit 1; }
as_owner() { if [ -n "${PGHOST:-}" ]; then "$@"; else (cd / && runuser -u postgres -- "$@"); fi; }
sql() { as_owner psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
has() { [ -n "$(sql -d postgres -v "name=$1" <<'SQL'
SELECT 1 FROM pg_database WHERE datname = :'name'
SQL
)" ]; }

# Every table's rows; a sum over punches and deliveries, in any order and of any PostgreSQL; frozen months by their digests.
counts="SELECT 'rows ' || relname || ' ' ||
  (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM presensi.%I', relname), false, true, '')))[1]
  FROM pg_class WHERE relnamespace = 'presensi'::regnamespace AND relkind IN ('r', 'p')
UNION ALL SELECT 'sum punch ' || COALESCE(sum(('x' || left(md5(concat_ws(' ', id, terminal_id, pin, device_time, grade)), 15))::bit(60)::bigint), 0)
  FROM presensi.punch
UNION ALL SELECT 'sum delivery ' || COALESCE(sum(('x' || left(encode(sha256, 'hex'), 15))::bit(60)::bigint), 0) FROM presensi.delivery
UNION ALL SELECT 'frozen ' || month || ' ' || unit || ' ' || digest FROM presensi.period WHERE state = 'frozen'
ORDER BY 1"

make() {
  folder=${1:-/var/backups/presensi}
  # Others may look at the stamp, and at nothing else.
  mkdir -p "$folder"
  chmod 711 "$folder"
  [ -n "${PGHOST:-}" ] || chown postgres:postgres "$folder"
  file=$folder/presensi-$(date +%Y%m%d-%H%M%S).dump
  # The dump and the counts see the same instant.
  sql -d "$name" -v "file=$file" <<SQL
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\setenv FILE :file
\! pg_dump --format=custom --snapshot="\$SNAPSHOT" --file="\$FILE.part" "$name" && : >"\$FILE.done"
\o :file.counts
$counts;
\o
COMMIT;
SQL
  if [ ! -e "$file.done" ] || ! as_owner pg_restore --list "$file.part" >/dev/null; then
    rm -f "$file.part" "$file.counts" "$file.done"
    stop "no backup was made"
  fi
  rm "$file.done"
  mv "$file.part" "$file"
  sync "$file" "$folder"
  find "$folder" -name 'presensi-*.dump' | sort | head -n "-${PRESENSI_KEEP:-14}" | while read -r old; do rm -f "$old" "$old.counts"; done
  install -m 644 /dev/null "$folder/last"
  say "backup $file, $(du -h "$file" | cut -f 1): $(sed -n 's/^rows punch //p' "$file.counts") punches"
}

# Into a database of this name that is not there yet. `&&`: whoever asks whether it worked switches -e off.
fill() { # FILE DATABASE
  as_owner createdb -T template0 -E UTF8 --locale=C.UTF-8 "$2" &&
    sql -d "$2" <"$roles" &&
    as_owner pg_restore --exit-on-error --single-transaction --dbname="$2" <"$1" &&
    sql -d "$2" -c "$counts" | diff "$1.counts" - >&2
}

need() {
  [ -r "$1" ] || stop "$1 cannot be read"
  [ -r "$1.counts" ] || stop "$1.counts cannot be read; it belongs to the backup"
}

show() { grep -e '^rows punch ' -e '^rows person ' -e '^sum ' -e '^frozen ' "$1.counts"; }

drill() {
  need "$1"
  begun=$(date +%s)
  scratch=${name}_drill
  ! has "$scratch" || as_owner dropdb "$scratch"
  result=0
  fill "$1" "$scratch" || result=1
  as_owner dropdb --if-exists "$scratch"
  [ $result -eq 0 ] || stop "the drill FAILED: what was restored is not what was dumped"
  show "$1"
  say "the drill succeeded in $(($(date +%s) - begun)) s: every count and digest is the same"
}

restore() {
  need "$1"
  if has "$name"; then
    if [ "$(sql -d "$name" -c "SELECT to_regclass('presensi.punch') IS NOT NULL")" = t ] &&
      [ "$(sql -d "$name" -c 'SELECT count(*) FROM (SELECT 1 FROM presensi.punch LIMIT 1) AS one')" != 0 ]; then
      stop "the database $name has punches; put it aside first: ALTER DATABASE $name RENAME TO ${name}_before"
    fi
    as_owner dropdb "$name" || stop "stop presensid first: systemctl stop presensid.socket presensid-admin.socket presensid"
  fi
  fill "$1" "$name" || stop "the restore FAILED: what was restored is not what was dumped"
  show "$1"
  if [ -n "${PGHOST:-}" ]; then
    say "restored; now, as the owner: presensid migrate"
  else
    "$here/database" create
    say "restored; now: systemctl start presensid.socket presensid-admin.socket presensid"
  fi
}

case "${1:-}" in
  make) make "${2:-}" ;;
  drill) drill "${2:?drill needs a file}" ;;
  restore) restore "${2:?restore needs a file}" ;;
  *)
    sed -n 's/^#  *//p' "$0" >&2
    exit 2
    ;;
esac
