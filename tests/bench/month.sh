# A month of 4,000 people in 36 units at 60 terminals, a quarter of a million punches: the board, also while the terminals push, beside
# the least that a database has to do for it. Names and PINs are measured by people_rounds. Sourced by scripts/bench.sh after plans.sh.
people=4000 units=36

month_files() { # in $folder
  local i
  {
    echo 'units:'
    for ((i = 0; i < units; i++)); do
      printf '  - { code: unit%02d, name: Dinas %02d, kind: dinas, from: 2020-05-04, source: bench }\n' "$i" "$i"
    done
  } >"$folder/units.yaml"
  awk -v people=$people -v units=$units 'BEGIN {
    print "nama,jenis,unit,eselon,jabatan,pin,mulai"
    for (i = 0; i < people; i++)
      printf "Orang %s%04d Contoh,PNS,unit%02d,staf,Pengelola,%d,2026-01-01\n", substr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", i % 26 + 1, 1), i, i % units, i
  }' >"$folder/people.csv"
}

# NAME: what no road brings quickly: the punches of a month, 62 a person.
month_rows() {
  local what database
  read -r what database <<<"${store[$1]}"
  if [ "$what" = sqlite ]; then
    sqlite3 -cmd '.timeout 10000' "$folder/$1/$database" "BEGIN;
      CREATE TEMP TABLE n AS WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < $people - 1) SELECT n FROM c;
      INSERT INTO delivery (id, terminal_id, road, table_name, query, peer, received_at, sha256, body)
        SELECT id + 1000000, id, 'push', 'ATTLOG', '', '', '2026-11-01T00:00:00Z', zeroblob(32), x'' FROM terminal;
      INSERT INTO punch (terminal_id, device_time, pin, pin_key, road, state, verify, punched_at, received_at, grade, delivery_id, line)
        SELECT t.id, strftime('%Y-%m-%dT%H:%M:%S', '2026-10-01 07:00:00', (d.n / 2) || ' days', ((d.n % 2) * 34200 + n.n % 3600) || ' seconds'),
          n.n, n.n, 'push', d.n % 2, 1, '2026-10-01T00:00:00Z', '2026-10-01T00:00:00.000Z', 'live', t.id + 1000000, 1
        FROM terminal t JOIN n ON n.n % 60 = CAST(substr(t.serial, 6) AS integer) JOIN (SELECT n FROM n WHERE n < 62) d;
      COMMIT; ANALYZE"
    return
  fi
  # The same rows by PostgreSQL's own words.
  sql "$database" "SET search_path = presensi; BEGIN;
    CREATE TEMP TABLE n AS SELECT n FROM generate_series(0, $people - 1) n;
    INSERT INTO delivery (id, terminal_id, road, table_name, query, peer, received_at, sha256, body)
      SELECT id + 1000000, id, 'push', 'ATTLOG', '', '', now(), sha256(serial::bytea), '' FROM terminal;
    INSERT INTO punch (terminal_id, device_time, pin, pin_key, road, state, verify, punched_at, received_at, grade, delivery_id, line)
      SELECT t.id, timestamp '2026-10-01 07:00' + d / 2 * interval '1 day' + (d % 2 * 34200 + n.n % 3600) * interval '1 second',
        n.n, n.n, 'push', d % 2, 1, now(), now(), 'live', t.id + 1000000, 1
      FROM terminal t JOIN n ON n.n % 60 = substr(t.serial, 6)::integer, generate_series(0, 61) d;
    COMMIT; ANALYZE"
}

# CELL NAME COMMAND...: milliseconds of one run; the command prints "fine" if it did what it should.
month_clock() {
  local cell=$1 name=$2 begun
  shift 2
  begun=$(date +%s%N)
  [ "$("$@")" = fine ] || fault "$cell on $name: not what it should be"
  printf '%s\t%s\t%s\n' "$cell" "$name" $((($(date +%s%N) - begun) / 1000000)) >>"$results"
}

month_import() { curl -s --data-binary "@$folder/people.csv" "http://127.0.0.1:${admin[$1]}/api/v1/people" | grep -q "\"added\":$people," && echo fine; }
# What any board has to read: who has how many punches at which terminal.
month_groups() {
  local what database
  read -r what database <<<"${store[$1]}"
  local select="SELECT terminal_id, pin_key, count(*), min(device_time), max(device_time) FROM punch WHERE terminal_id = "
  local range=" AND device_time >= '2026-10-01T00:00:00' AND device_time < '2026-11-01T00:00:00' GROUP BY terminal_id, pin_key;"
  local id statements=
  for id in {1..60}; do statements+="$select$id$range"; done
  if [ "$what" = sqlite ]; then
    sqlite3 -readonly "$folder/$1/$database" "$statements"
  else
    PGOPTIONS='-c search_path=presensi' psql -XqAt "${postgres%/*}/$database" -c "$statements"
  fi | wc -l | grep -q "^$people$" && echo fine
}
month_board() { curl -s "http://127.0.0.1:${admin[$1]}/api/v1/periods/2026-10" | grep -q '"people_without_punch":0,"punches":6' && echo fine; }

month_rounds() {
  local engine name load round
  month_files
  sql postgres 'CREATE DATABASE month'
  for engine in sqlite postgres; do
    name=month_$engine
    progress "a month of $people people on $engine"
    more_settings[$name]="units_file: $folder/units.yaml
terminals:
$(for i in {0..59}; do printf '  - { serial: BENCH%05d, unit: unit%02d }\n' "$i" $((i % units)); done)"
    start_presensid "$name" "$engine" "$([ "$engine" = sqlite ] && echo presensi.db || echo month)"
    month_rows "$name"
    month_clock "month: 4,000 people from a list" "$name" month_import "$name"
    for ((round = 1; round <= rounds; round++)); do
      month_clock "month: the board" "$name" month_board "$name"
      month_clock "month: the board" "bare $engine" month_groups "$name"
    done
    # The board asked for again and again while 60 terminals push; and the pushes with and without it.
    measure_push "month: 60 x 10 alone" "$name" --conns 60 --batch 10 --seconds 5 --start "$((offset += 1000000))"
    "$tools/adms_load" --port "${port[$name]}" --conns 60 --batch 10 --seconds 12 --start "$((offset += 1000000))" >"$folder/beside" &
    load=$!
    sleep 0.5
    curl -s -m 60 -o /dev/null -w '%{http_code} %{time_total}\n' \
      "http://127.0.0.1:${admin[$name]}/api/v1/periods/2026-10#[1-40]" >"$folder/answers" || true
    wait "$load"
    answer=$(<"$folder/beside")
    [ "$(value mismatch)$(value connerr)" = 00 ] || fault "month: pushes beside the board on $name: $answer"
    [ "$(grep -c '^200 ' "$folder/answers")" -eq 40 ] || fault "month: the board beside pushes on $name: not every answer was 200"
    awk -v OFS='\t' -v name="$name" -v acked="$(value acked)" -v seconds="$(value s)" -v p50="$(value p50_ms)" \
      -v p99="$(value p99_ms)" -v max="$(value max_ms)" \
      'BEGIN { print "month: 60 x 10 beside the board", name, acked / seconds, p50, p99, max }' >>"$results"
    sort -k 2n "$folder/answers" | awk -v OFS='\t' -v name="$name" '
      { ms[n++] = $2 * 1000 }
      END { print "month: the board beside 60 x 10", name, n, ms[int(n / 2)], ms[int(n * 0.99)], ms[n - 1] }' >>"$results"
    stop "$name"
  done
}
