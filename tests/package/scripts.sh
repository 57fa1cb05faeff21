#!/usr/bin/env bash
# The scripts of the package, on a service manager, a debconf and a PostgreSQL that only write down what they are told.
# What the real ones make of it: container.sh.
#   scripts.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin"
export FOLDER=$folder BINARY=$binary PATH=$folder/bin:$PATH

stub() { # name; its script is standard input
  { echo '#!/bin/sh'; cat; } >"$folder/bin/$1"
  chmod 755 "$folder/bin/$1"
}
failed=0
check() { # what, command…
  local what=$1
  shift
  if ! "$@"; then
    echo "FAILED: $what" >&2
    sed 's/^/    /' "$folder/said" "$folder/did" >&2
    failed=1
  fi
}
did() { grep -q -- "$1" "$folder/did"; }
did_not() { ! did "$1"; }
said() { grep -q -- "$1" "$folder/said"; }
did_nothing() { [ ! -s "$folder/did" ]; }

# --- the database ---
stub getent <<<'exit 0'
stub runuser <<'END'
shift 3
exec "$@"
END
stub psql <<'END'
[ ! -e "$FOLDER/no-server" ] || exit 2
case "$*" in *" -f "*) echo "roles in $*" >>"$FOLDER/did" ;; esac
END
stub createdb <<<'echo "createdb $*" >>"$FOLDER/did"'
stub presensid <<'END'
case $1 in
  migrate) echo "migrate $(grep ' url:' "$3")" >>"$FOLDER/did"; [ ! -e "$FOLDER/old-schema" ] ;;
  *) CREDENTIALS_DIRECTORY=${CREDENTIALS_DIRECTORY:+$FOLDER$CREDENTIALS_DIRECTORY} exec "$BINARY" "$@" ;;
esac
END
export PRESENSI_CONFIGURATION=$folder/presensi.yaml
database() { # storage, arguments…
  printf 'storage: %s\n' "$1" >"$PRESENSI_CONFIGURATION"
  shift
  : >"$folder/did"
  code=0
  sh scripts/package/database.sh "$@" >"$folder/said" 2>&1 || code=$?
}

database '{ backend: postgres }' create
check "the database of the shipped configuration is created" did 'createdb .* presensi$'
check "and brought up" did 'migrate .*postgresql:///presensi"'
for storage in '{ backend: postgres, postgres: { url: "postgresql:///absensi" } }' \
  '{ backend: postgres, postgres: { url: "postgresql://presensid@localhost:5432/absensi?connect_timeout=3" } }' \
  '{ backend: postgres, postgres: { url: "postgresql:///absensi?host=/run/postgresql" } }' \
  '{ backend: postgres, postgres: { url: "host=/run/postgresql dbname=absensi" } }'; do
  database "$storage" create
  check "the name is the configuration's: $storage" did 'createdb .* absensi$'
  check "and the schema goes there: $storage" did 'migrate .*postgresql:///absensi"'
  check "nothing is said of mistakes: $storage" test "$(grep -c mistake "$folder/said")" -eq 0
done
for storage in '{ backend: postgres, postgres: { url: "postgresql://presensid@db.example/presensi" } }' \
  '{ backend: postgres, postgres: { url: "postgresql://192.0.2.7:5433/presensi" } }' \
  '{ backend: postgres, postgres: { url: "dbname=presensi host=db.example" } }'; do
  database "$storage" create
  check "a database elsewhere is not created here: $storage" did_nothing
  check "but what to do is said: $storage" said 'presensid migrate'
done
database '{ backend: sqlite }' create
check "sqlite needs none" did_nothing
check "and it is said" said 'uses sqlite'
database '{ backend: postgres }' create other-name
check "a name that is given holds" did 'createdb .* other-name$'
database '{ backend: postgres }' create "x'; DROP TABLE y"
check "what is no name is refused" test "$code" -eq 2

# A configuration that does not hold says nothing of sqlite.
mkdir -p "$folder/etc/credstore"
secret='{ backend: postgres, postgres: { url: "postgresql:///absensi", password_file: presensi.db-password } }'
database "$secret" create
check "a mistake is told" said 'presensi.db-password'
check "and the schema brought up in spite of it" did 'migrate .*postgresql:///absensi"'
(umask 077 && echo made-up >"$folder/etc/credstore/presensi.db-password")
database "$secret" create
check "a credential is found where it lies" test "$(grep -c mistake "$folder/said")" -eq 0
check "and the schema brought up" did 'migrate .*postgresql:///absensi"'
database $'{ backend: sqlite }\nnonsense: 1' create
check "sqlite beside a mistake needs none" did_nothing
database $'{ backend: postgres }   # not sqlite\n#  backend: sqlite\nnonsense: 1' create
check "a word in a remark is none" did 'createdb .* presensi$'
touch "$folder/no-server"
database '{ backend: postgres }' create
check "without a server it ends with 3" test "$code" -eq 3
rm "$folder/no-server"

# --- postinst: units as the service manager has them are files of their states ---
mkdir -p "$folder/units" "$folder/masks" "$folder/known"
stub systemctl <<'END'
quiet= property=
for word; do
  case $word in
    --system | --quiet | --no-block | daemon-reload) ;;
    show) property=yes ;;
    -P | ActiveState) ;;
    is-enabled) verb=is-enabled ;;
    start | stop | restart) verb=$word ;;
    *)
      if [ -n "$property" ]; then cat "$FOLDER/units/$word.active"; exit 0; fi
      if [ "$verb" = is-enabled ]; then grep -q enabled "$FOLDER/units/$word.enabled"; exit $?; fi
      echo "$verb $word" >>"$FOLDER/did"
      ;;
  esac
done
END
stub deb-systemd-helper <<'END'
verb= unit=
for word; do case $word in --quiet) ;; *.service | *.socket) unit=$word ;; *) verb=$word ;; esac; done
case $verb in
  debian-installed) [ -e "$FOLDER/known/$unit" ] ;;
  unmask) rm -f "$FOLDER/masks/$unit" ;;
  was-enabled) [ ! -e "$FOLDER/known/$unit" ] || grep -q enabled "$FOLDER/units/$unit.enabled" ;;
  enable) [ -e "$FOLDER/known/$unit" ] || echo enabled >"$FOLDER/units/$unit.enabled"; touch "$FOLDER/known/$unit" ;;
esac
END
stub policy-rc.d <<<'exit 0'
stub dpkg-trigger <<<'echo "trigger $*" >>"$FOLDER/did"'
stub database <<'END'
echo "database $*" >>"$FOLDER/did"
exit "$(cat "$FOLDER/database-ends")"
END
echo 'db_get() { RET=true; }; db_stop() { :; }' >"$folder/confmodule"
sed -e "s|/usr/share/debconf/confmodule|$folder/confmodule|" -e "s|/run/systemd/system|$folder|" \
  -e "s|/lib/systemd/system/\$unit|$folder/units/\$unit.active|" -e "s|/etc/systemd/system|$folder/masks|" \
  -e "s|/usr/lib/presensi/database create >|$folder/bin/database create >|" -e "s|/usr/lib/postgresql|$folder/servers|" \
  scripts/package/postinst >"$folder/postinst"
units='presensid.service presensid.socket presensid-admin.socket'
all() { # what, state: of every unit
  for unit in $units; do echo "$2" >"$folder/units/$unit.$1"; done
}
fresh() { # as if it had never been here
  rm -f "$folder"/known/* "$folder"/masks/*
  all active inactive
  all enabled disabled
  echo 0 >"$folder/database-ends"
}
installed() { fresh && for unit in $units; do touch "$folder/known/$unit"; done && all active active && all enabled enabled; }
configure() {
  : >"$folder/did"
  sh "$folder/postinst" configure "$@" >"$folder/said" 2>&1 || { failed=1 && cat "$folder/said" >&2; }
}

fresh
configure
for unit in $units; do check "an install starts $unit" did "start $unit"; done
installed
configure 0.1
check "an upgrade restarts the service" did 'restart presensid.service'
check "and leaves its ports open" did_not '\(start\|stop\|restart\) .*socket'
installed
for unit in presensid.socket presensid-admin.socket; do
  echo inactive >"$folder/units/$unit.active"
  echo disabled >"$folder/units/$unit.enabled"
done
configure 0.1
check "an upgrade opens no port that somebody disabled" did_not 'socket'
check "and the service goes on with its own" did 'restart presensid.service'
check "without a stop in between" did_not 'stop presensid.service'
installed
all active inactive
configure 0.1
check "an upgrade starts nothing that somebody stopped" did_not 'start'
check "and says so" said 'left stopped'
installed
echo activating >"$folder/units/presensid.service.active"
configure 0.1
check "one that waits for its database is restarted" did 'restart presensid.service'
installed
all active inactive
for unit in $units; do ln -s /dev/null "$folder/masks/$unit"; done
configure 0.1
for unit in $units; do check "installed again after a removal, $unit is started" did "start $unit"; done
installed
rm "$folder/known/presensid.socket" "$folder/known/presensid-admin.socket"
configure 0.1
check "ports that are new are taken over from the service" test "$(grep -c 'stop presensid.service' "$folder/did")" -eq 1
check "and opened" did 'start presensid.socket'

installed
echo 1 >"$folder/database-ends"
configure 0.1
check "a schema that was not brought up is called that" said 'could NOT be created or brought up'
check "and not a database that is missing" test "$(grep -c 'no database yet' "$folder/said")" -eq 0
echo 3 >"$folder/database-ends"
configure 0.1
check "without a server there is no database yet" said 'no database yet'
mkdir -p "$folder/servers/15/bin"
touch "$folder/servers/15/bin/postgres"
configure 0.1
check "a server that comes with us is waited for" did 'trigger --no-await presensid-database'
[ "$failed" -eq 0 ] || exit 1
echo "the scripts of the package hold"
