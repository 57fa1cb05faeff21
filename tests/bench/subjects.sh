# What is measured: presensid on both stores and the yardsticks. Sourced by scripts/bench.sh, which sets: folder, bin
# (presensid), tools (compiled yardsticks). Every subject has a name; the arrays below say where it is.
declare -A pid port admin store more_settings

cluster() { tests/support/postgres_cluster.sh "$1" "$folder/postgres" "${@:2}"; }

sql() { psql -XqAt "${postgres%/*}/$1" -c "$2"; } # DATABASE STATEMENT

# fsync and synchronous_commit as PostgreSQL ships them; the sizes are those the goals were set with.
start_postgres() {
  postgres=$(cluster create shared_buffers=1GB max_wal_size=8GB)
  postmaster=$(head -1 "$folder/postgres/data/postmaster.pid")
}

# NAME PATTERN: waits for the line in the subject's log that says it serves; prints the line.
await_line() {
  for _ in {1..600}; do
    if grep -s -m 1 "$2" "$folder/$1.log"; then return; fi
    kill -0 "${pid[$1]}" 2>/dev/null || break
    sleep 0.05
  done
  echo "$1 does not serve:" >&2
  tail -5 "$folder/$1.log" >&2
  exit 1
}

start_presensid() { # NAME sqlite|postgres DATABASE
  local state=$folder/$1 line
  mkdir -p "$state"
  store[$1]="$2 $3"
  cat >"$state/presensi.yaml" <<END
storage:
  backend: $2
  $([ "$2" = sqlite ] && echo "sqlite: { path: $3 }" || echo "postgres: { url: \"${postgres%/*}/$3\" }")
terminal_listener: { address: 127.0.0.1, port: 0 }
admin_listener: { address: 127.0.0.1, port: 0 }
unknown_terminals: approve
limits: { connections_per_address: 16384 }
${more_settings[$1]:-}
END
  rm -f "$folder/$1.log" # so that nobody waits for the line of an earlier life
  STATE_DIRECTORY=$state "$bin/presensid" run --config "$state/presensi.yaml" >"$folder/$1.log" 2>&1 &
  pid[$1]=$!
  line=$(await_line "$1" 'presensid serves')
  port[$1]=$(sed 's/.*terminals="*http:[^:]*:\([0-9]*\).*/\1/' <<<"$line")
  admin[$1]=$(sed 's/.*page="*http:[^:]*:\([0-9]*\).*/\1/' <<<"$line")
}

# NAME COUNT RECORDS RATE: terminals that are pulled, RATE bytes per second each; their lines "SERIAL on ADDRESS:PORT" are
# in $folder/NAME.log.
start_site() {
  "$bin/presensi-terminals" serve4370 --terminals "$2" --port 0 --records "$3" --bytes-per-second "$4" --packet 65472 \
    --no-udp >"$folder/$1.log" 2>&1 &
  pid[$1]=$!
  await_line "$1" "$(printf 'TSTZK%05d on' $(($2 - 1)))" >/dev/null
}

start_yardstick() { # NAME MODE [WRITERS DATABASE]
  local tries
  store[$1]="yardstick ${4:-}"
  for tries in {1..10}; do
    port[$1]=$((20000 + RANDOM % 12000))
    "$tools/limit_server" "${port[$1]}" 1 "$2" ${3:+"$3" "${postgres%/*}/$4"} >"$folder/$1.log" 2>&1 &
    pid[$1]=$!
    for _ in {1..60}; do
      sleep 0.05
      kill -0 "${pid[$1]}" 2>/dev/null || continue 2 # the port was taken
      if (: <"/dev/tcp/127.0.0.1/${port[$1]}") 2>/dev/null; then return; fi
    done
  done
  echo "$1 does not serve:" >&2
  tail -5 "$folder/$1.log" >&2
  exit 1
}

stop() { # NAME
  local process=${pid[$1]:-}
  [ -n "$process" ] || return 0
  unset "pid[$1]"
  kill "$process" 2>/dev/null || true
  for _ in {1..300}; do
    kill -0 "$process" 2>/dev/null || break
    sleep 0.05
  done
  kill -9 "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || true
}

stop_all() {
  local name
  for name in "${!pid[@]}"; do stop "$name"; done
  if [ -d "$folder/postgres" ]; then cluster remove; fi
}

count() { # NAME [TABLE]: stored punches, or rows of that table
  local what database table=${2:-punch}
  read -r what database <<<"${store[$1]}"
  case "$what" in
    sqlite) sqlite3 -readonly -cmd '.timeout 10000' "$folder/$1/$database" "SELECT count(*) FROM $table" ;;
    postgres) sql "$database" "SELECT count(*) FROM presensi.$table" ;;
    yardstick) [ -z "$database" ] && echo 0 || sql "$database" "SELECT count(*) FROM raw_$table" ;;
  esac
}

# Every cell begins without rows and without work left over from the one before. The triggers that keep punches from
# being deleted are passed by: these are not anybody's punches.
empty() { # NAME
  local what database
  read -r what database <<<"${store[$1]}"
  case "$what" in
    sqlite)
      stop "$1"
      rm -f "$folder/$1/$database"*
      [ ! -f "$folder/$1/known" ] || cp "$folder/$1/known" "$folder/$1/$database"
      start_presensid "$1" sqlite "$database"
      ;;
    postgres)
      sql "$database" "SET session_replication_role = replica;
        TRUNCATE presensi.punch, presensi.sighting, presensi.reject, presensi.delivery; CHECKPOINT"
      ;;
    yardstick) [ -z "$database" ] || sql "$database" 'TRUNCATE raw_punch, raw_delivery; CHECKPOINT' ;;
  esac
}

# Terminals that call for the first time are stored one by one; that is not what is measured.
make_known() { # NAME TERMINALS
  local mode=idle
  [[ "${store[$1]}" != yardstick* ]] || mode=ingest # those store them with their first punch
  "$tools/adms_load" --port "${port[$1]}" --mode $mode --conns "$2" --srcips 4 --seconds 4 >/dev/null
  [[ "${store[$1]}" = sqlite* ]] || return 0
  stop "$1"
  cp "$folder/$1/presensi.db" "$folder/$1/known"
  start_presensid "$1" ${store[$1]}
}
