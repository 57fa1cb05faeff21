# Which cells are run, in which order. Sourced by scripts/bench.sh after cells.sh. A subject is measured right after its
# yardstick, and every other round begins at the other end.
offset=0 # seconds; moved on so that punches are new

in_turn() { # ROUND SUBJECT...
  local round=$1
  shift
  if [ $((round % 2)) -eq 1 ]; then echo "$*"; else printf '%s\n' "$@" | tac | tr '\n' ' '; fi
}

progress() { echo "$((SECONDS - started)) s: $*" >&2; }

ingest_round() { # ROUND
  local lines terminals name names
  for lines in 1 10 100 1000; do
    for terminals in 1 64 256; do
      names='presensid raw sqlite'
      # What group commit is worth: the same work with a transaction per request.
      [ "$lines" -ne 1 ] || [ "$terminals" -eq 256 ] || names+=' one'
      for name in $(in_turn "$1" $names); do
        empty "$name"
        measure "$terminals x $lines" "$name" --conns "$terminals" --batch "$lines" --seconds "$seconds" --start 0
      done
    done
  done
}

catch_up_round() { # ROUND
  local name deliveries
  for name in $(in_turn "$1" presensid raw sqlite); do
    empty "$name"
    measure "catch-up" "$name" --conns 60 --batch 200 --per-conn "$records" --seconds 600
    deliveries=$(count "$name" delivery)
    expect=none measure "catch-up again" "$name" --conns 60 --batch 200 --per-conn "$records" --seconds 600
    [ "$(count "$name")" -eq $((60 * records)) ] || fault "catch-up on $name: $(count "$name") stored"
    [ "$(count "$name" delivery)" -eq "$deliveries" ] || fault "catch-up again on $name: deliveries were kept"
  done
}

poll_round() { # ROUND
  local name
  for name in $(in_turn "$1" presensid null); do
    expect=any measure "polls, connections kept" "$name" --mode poll --conns 64 --seconds "$seconds"
    expect=any measure "polls, new connections" "$name" --mode poll --conns 64 --seconds "$seconds" --close 1 --srcips 8
  done
}

beside_round() { # ROUND
  local name lines url
  for lines in 1 100; do
    for name in $(in_turn "$1" presensid raw); do
      url="http://127.0.0.1:${port[$name]}/iclock/getrequest?SN=BENCH00000"
      [ "$name" = raw ] || url="http://127.0.0.1:${admin[$name]}/api/v1/status"
      empty "$name"
      measure_beside "answers beside 64 x $lines" "$name" "$url" --conns 64 --batch "$lines" --seconds 4 --start 0
    done
  done
}

limit_round() { # what PostgreSQL takes without anything before it
  sql raw 'CHECKPOINT'
  "$tools/pg_limit" "${postgres%/*}/raw" punch_limit unnest 1000 2 "$seconds" 0 |
    sed 's/.*"rows_s":\([0-9]*\).*/PostgreSQL alone\tlimit\t\1/' >>"$results"
  sql raw 'DROP TABLE punch_limit'
}

# Where 10 million rows are stored already, and on empty tables beside it (goal G7).
size_rounds() {
  local name round
  for name in presensid raw sqlite; do empty "$name"; done
  for name in large large_raw large_sqlite; do
    progress "10 million rows into $name"
    measure "filling to 10 million" "$name" --conns 64 --batch 1000 --per-conn 156250 --seconds 1800
  done
  for ((round = 1; round <= rounds; round++)); do
    offset=$((offset + 3000000))
    for name in $(in_turn "$round" presensid large raw large_raw sqlite large_sqlite); do
      case "$name" in large*) ;; *) empty "$name" ;; esac
      measure "8 x 1000" "$name" --conns 8 --batch 1000 --seconds "$seconds" --start "$offset"
      measure "64 x 10" "$name" --conns 64 --batch 10 --seconds "$seconds" --start $((offset + 1500000))
    done
  done
}

# Pushes beside 60 terminals that are pulled at 200 kB/s each: logs that are new, and logs that are known already, as
# they are every week but the first.
pull_rounds() {
  local round kind pulls=0
  more_settings[pulling]="pull: { networks: [127.0.0.0/8] }
terminals:
$(printf '  - { serial: TSTZK%05d }\n' {0..59})"
  sql postgres 'CREATE DATABASE pulling'
  start_presensid pulling postgres pulling
  make_known pulling 64
  start_site site 60 50000 200000
  for ((round = 1; round <= (full ? rounds : 1); round++)); do
    progress "pulls $round"
    for kind in new known; do
      [ "$kind" = known ] || empty pulling
      measure_push "64 x 10 alone" pulling --conns 64 --batch 10 --seconds 5 --start "$((offset += 1000000))"
      ask_for_pulls pulling site
      # Ten seconds of reading, and then the storing.
      measure_push "64 x 10 beside pulls, $kind" pulling --conns 64 --batch 10 --seconds 25 --start "$((offset += 1000000))"
      await_pulls pulling $((pulls += 60))
      [ "$(sql pulling "SELECT count(*) FROM presensi.punch p JOIN presensi.terminal t ON t.id = p.terminal_id \
        WHERE t.serial LIKE 'TSTZK%'")" -eq 3000000 ] || fault "pulls, $kind: not 3,000,000 punches"
    done
  done
  stop pulling
  stop site
}

# The certificates of a month of 60 terminals with a million punches, beside psql reading the same rows.
certificate_rounds() {
  local round name begun
  more_settings[certifying]="terminals:
$(printf '  - { serial: TSTCRT%05d }\n' {0..59})"
  sql postgres 'CREATE DATABASE certifying'
  start_presensid certifying postgres certifying
  progress "a million punches of a month"
  sql certifying "INSERT INTO presensi.delivery (id, terminal_id, road, table_name, query, peer, received_at, sha256, body)
      SELECT id, id, 'push', 'ATTLOG', '', '', now(), sha256(serial::bytea), '' FROM presensi.terminal;
    INSERT INTO presensi.punch (terminal_id, device_time, pin, pin_key, road, state, verify, punched_at, received_at,
        grade, delivery_id, line)
      SELECT t.id, time '07:00' + date '2026-11-01' + (i % 30) * interval '1 day' + (i / 30) * interval '7 seconds',
        1 + i % 4000, 1 + i % 4000, 'push', 0, 15,
        timestamptz '2026-11-01 00:00Z' + (i % 30) * interval '1 day' + (i / 30) * interval '7 seconds', now(), 'live', t.id, 1
      FROM presensi.terminal t, generate_series(0, 16699) i;
    INSERT INTO presensi.completeness (terminal_id, day, until_time, cause, asked_at, result, means, terminal_count,
        stored_count, compared_at)
      SELECT t.id, date '2026-11-01' + d, date '2026-11-01' + d + time '23:59:59', 'nightly', now(), 'complete', 'verify_sum',
        557, 557, now() FROM presensi.terminal t, generate_series(0, 29) d, generate_series(1, 3);
    ANALYZE"
  for ((round = 1; round <= rounds; round++)); do
    for name in $(in_turn "$round" presensid psql); do
      begun=$(date +%s%N)
      if [ "$name" = psql ]; then
        for id in {1..60}; do
          echo "SELECT device_time, pin_key, road FROM presensi.punch WHERE terminal_id = $id
            AND device_time >= '2026-11-01' AND device_time < '2026-12-01';"
        done | psql -XqAt "${postgres%/*}/certifying" | wc -l >"$folder/certified"
        [ "$(cat "$folder/certified")" -eq 1002000 ] || fault "certificates: psql read $(cat "$folder/certified") rows"
      else
        curl -s "http://127.0.0.1:${admin[certifying]}/api/v1/terminals/TSTCRT000[00-59]/certificate?month=2026-11" \
          >"$folder/certified"
        [ "$(grep -c '"result":"[a-z]*","n":0,"mended":0,"unknown_days":[0-9]*,"punches":16700,' "$folder/certified")" -eq 60 ] ||
          fault "certificates: not 60 of 16,700 punches"
      fi
      printf 'certificates\t%s\t%s\n' "$name" $((($(date +%s%N) - begun) / 1000000)) >>"$results"
    done
  done
  stop certifying
}

# SUBJECT CELL URL ARGUMENT...: milliseconds to a 200.
timed() {
  local name=$1 cell=$2 url=$3 begun status
  shift 3
  begun=$(date +%s%N)
  status=$(curl -s -o "$folder/timed" -w '%{http_code}' "$@" "http://127.0.0.1:${admin[$name]}$url")
  printf '%s\tpresensid\t%s\n' "$cell" $((($(date +%s%N) - begun) / 1000000)) >>"$results"
  [ "$status" = 200 ] || fault "$cell: $status, $(head -c 300 "$folder/timed")"
}

# 4,000 people of 40 units from a list, and a matching sheet of their PINs with 10,000 users of 60 terminals, one of ten
# names with a letter too many.
people_rounds() {
  local round
  more_settings[staffing]="terminals:
$(for i in {0..59}; do printf '  - { serial: TSTSTF%05d, unit: unit-%d }\n' "$i" $((i % 40)); done)"
  for ((round = 1; round <= rounds; round++)); do
    progress "people $round"
    sql postgres "CREATE DATABASE staffing$round"
    start_presensid staffing postgres "staffing$round"
    sql "staffing$round" "INSERT INTO presensi.unit (code, name, kind, parent, aliases, valid_from, merged_into, source)
      SELECT 'unit-' || u, 'Unit ' || u, 'dinas', '', '[]', '2020-05-04', '', '' FROM generate_series(0, 39) u;
      INSERT INTO presensi.terminal_user (terminal_id, pin_key, pin, name, seen_at)
      SELECT t.id, p::text, p::text, 'PEGAWAI KE' || CASE WHEN p % 10 = 0 THEN 'K ' ELSE ' ' END || p || ' BALANGAN', now()
      FROM generate_series(0, 9999) i CROSS JOIN LATERAL (SELECT 1000 + i % 4000 AS p) n
      JOIN presensi.terminal t ON t.serial = 'TSTSTF' || lpad((i % 4000 % 40 + i / 4000 * 20)::text, 5, '0')
      ON CONFLICT DO NOTHING; ANALYZE"
    awk 'BEGIN { print "nama,skpd,eselon,golongan,jabatan,mulai"
      for (i = 0; i < 4000; i++)
        printf "Pegawai Ke %d Balangan,unit-%d,staf,III/a,Analis Ahli Pertama,2026-01-01\n", 1000 + i, i % 40 }' >"$folder/people.csv"
    timed staffing 'people: dry run' '/api/v1/people?dry_run=1' --data-binary "@$folder/people.csv"
    timed staffing 'people: import' /api/v1/people --data-binary "@$folder/people.csv"
    timed staffing 'people: import again' /api/v1/people --data-binary "@$folder/people.csv"
    [ "$(sql "staffing$round" 'SELECT count(*) FROM presensi.person')" -eq 4000 ] || fault 'people: not 4,000'
    timed staffing 'matching sheet' /api/v1/matching -H 'Accept: text/csv'
    [ "$(grep -c 'a terminal of their unit' "$folder/timed")" -ge 3900 ] || fault "matching: $(grep -c , "$folder/timed") lines"
    # Every proposal accepted: accept is the last column but one.
    sed 's/,,\r$/,ya,\r/' "$folder/timed" >"$folder/accepted.csv"
    timed staffing 'matching sheet: assigning' '/api/v1/matching?from=2026-01-01&partial=1' --data-binary "@$folder/accepted.csv"
    [ "$(sql "staffing$round" 'SELECT count(*) FROM presensi.pin_assignment')" -ge 3900 ] || fault 'matching: fewer than 3,900 PINs'
    stop staffing
  done
}

# While PostgreSQL is away polls go on, and afterwards punches are taken again (goal G15). Comes last: the yardsticks and
# the count of processor time do not survive it.
away() {
  local came_back
  stop presensid
  start_presensid presensid postgres ours
  expect=any measure "polls, PostgreSQL there" presensid --mode poll --conns 64 --seconds "$seconds"
  cluster stop immediate
  answer=$("$tools/adms_load" --port "${port[presensid]}" --mode poll --conns 64 --seconds "$seconds")
  printf 'polls, PostgreSQL away\tpresensid\t%s\n' "$(value poll_s)" >>"$results"
  # Terminals go on trying meanwhile.
  "$tools/adms_load" --port "${port[presensid]}" --conns 8 --batch 1 --seconds 2 --prefix AWAY >"$folder/refused"
  grep -q '"acked":0,' "$folder/refused" || fault "punches were acknowledged while PostgreSQL was away"
  cluster start
  came_back=$(date +%s%3N)
  until [ "$(curl -s -o /dev/null -w '%{http_code}' --data $'1\t2026-11-20 07:58:03\t0\t1\n' \
    "http://127.0.0.1:${port[presensid]}/iclock/cdata?SN=BENCH00000&table=ATTLOG&Stamp=9999")" = 200 ]; do
    [ $(($(date +%s%3N) - came_back)) -lt 20000 ] || break
    sleep 0.02
  done
  printf 'back\tpresensid\t%s\n' $(($(date +%s%3N) - came_back)) >>"$results"
}

run_beside_yardsticks() {
  local round name
  start_presensid presensid postgres ours
  start_yardstick null null
  # In a first life, because what it takes to add a terminal would count for its connection.
  make_known presensid "$connections"
  stop presensid
  start_presensid presensid postgres ours
  measure_idle presensid "$connections"
  measure_idle null "$connections"
  start_presensid sqlite sqlite presensi.db
  make_known sqlite 256
  start_yardstick raw group+raw 2 raw
  start_yardstick one tx+raw 16 one
  for name in raw one; do make_known "$name" 256; done
  for ((round = 1; round <= rounds; round++)); do
    progress "round $round of $rounds"
    ingest_round "$round"
    poll_round "$round"
    limit_round
  done
  for ((round = 1; round <= (full ? rounds : 1); round++)); do
    progress "catch-up $round"
    catch_up_round "$round"
    beside_round "$round"
    [ -z "$full" ] || morning_round "$round"
  done
  if [ -n "$full" ]; then
    for name in large large_raw; do sql postgres "CREATE DATABASE $name"; done
    start_presensid large postgres large
    start_yardstick large_raw group+raw 2 large_raw
    start_presensid large_sqlite sqlite presensi.db
    size_rounds
  fi
  pull_rounds
  certificate_rounds
  people_rounds
  month_rounds
  away
}

# 4,000 punches of 07:00 to 08:05, 260 times as fast; latency from the punch to its answer.
morning_round() { # ROUND
  local name
  for name in $(in_turn "$1" presensid raw sqlite); do
    empty "$name"
    measure "morning" "$name" --mode morning --conns 60 --employees 4000 --speed 260 --poll 5
  done
}

run_alone() {
  local round lines terminals name
  start_presensid presensid postgres ours
  start_presensid sqlite sqlite presensi.db
  for ((round = 1; round <= rounds; round++)); do
    progress "round $round of $rounds"
    for lines in 1 10 100 1000; do
      for terminals in 1 64 256; do
        for name in presensid sqlite; do
          empty "$name"
          measure_alone "$terminals x $lines" "$name" "$terminals" "$lines"
        done
      done
    done
  done
}

describe_machine() {
  local version
  version=$(sql postgres 'SHOW server_version')
  cat <<END
$(date +%F), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown): $(nproc) cores \
($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), $(awk '/^MemTotal/ { print int($2 / 1048576 + 0.5) }' /proc/meminfo) GiB,
Linux $(uname -r), data on $(df --output=fstype "$folder" | tail -1), PostgreSQL ${version%% *}, \
$(g++ --version | head -1), SQLite $(sqlite3 --version | cut -d ' ' -f 1).
Load average before $load_before, after $(cut -d ' ' -f 1-3 /proc/loadavg). $rounds rounds, cells of $seconds s, \
$((SECONDS - started)) s in all; medians.

END
}
