# One cell: one load on one subject, counted in its store afterwards. Sourced by scripts/bench.sh after subjects.sh;
# writes lines of $results: cell, subject, punches (or polls) per second, p50, p99 and max in ms, CPU seconds of the
# server and of PostgreSQL per million, RSS in MB, refusals.
faults=0
tick=$(getconf CLK_TCK)

cpu() { # PID: clock ticks of the process and its children, those that ended too
  local files=("/proc/$1/stat") child
  for child in $(cat "/proc/$1/task/$1/children"); do files+=("/proc/$child/stat"); done
  { sed 's/.*) //' "${files[@]}" 2>/dev/null || true; } | awk '{ n += $12 + $13 + $14 + $15 } END { print n + 0 }'
}

rss() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; } # PID: KiB

value() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" <<<"$answer"; } # of adms_load's line

# PID: until it and PostgreSQL have done what was on its way when the load stopped.
settle() {
  local before after tries
  after=$(($(cpu "$1") + $(cpu "$postmaster")))
  for tries in {1..15}; do
    before=$after
    sleep 0.2
    after=$(($(cpu "$1") + $(cpu "$postmaster")))
    [ $((after - before)) -gt 1 ] || return 0
  done
}

fault() {
  echo "FAULT $*" >&2
  faults=$((faults + 1))
}

# CELL SUBJECT ARGUMENT...: the arguments are adms_load's. Leaves its line in $answer, and what was stored when it
# stopped in $stored.
measure() {
  local cell=$1 name=$2 before server database latency=p
  shift 2
  before=$(count "$name")
  server=$(cpu "${pid[$name]}")
  database=$(cpu "$postmaster")
  answer=$("$tools/adms_load" --port "${port[$name]}" "$@")
  stored=$(($(count "$name") - before))
  settle "${pid[$name]}"
  server=$(($(cpu "${pid[$name]}") - server))
  database=$(($(cpu "$postmaster") - database))
  local acked polls all
  acked=$(value acked) polls=$(value polls) all=$(($(count "$name") - before))
  [ "$(value mismatch)" = 0 ] || fault "$cell on $name: $(value mismatch) answers with a wrong count"
  [ "$(value connerr)" = 0 ] || fault "$cell on $name: $(value connerr) connections failed"
  # Polls store nothing, and what is sent again is there already.
  if [ "${expect:-rows}" = rows ] && [ "$all" -lt "$acked" ]; then
    fault "$cell on $name: $acked acknowledged, but $all stored"
  fi
  if [ "${expect:-rows}" = none ] && [ "$all" -ne 0 ]; then fault "$cell on $name: $all stored, all of them known"; fi
  [[ "$answer" != *punch_p50_ms* ]] || latency=punch_p
  awk -v OFS='\t' -v cell="$cell" -v name="$name" -v acked="$acked" -v polls="$polls" -v stored="$stored" \
    -v all="$all" -v seconds="$(value s)" -v p50="$(value ${latency}50_ms)" -v p99="$(value ${latency}99_ms)" \
    -v max="$(value "${latency%p}max_ms")" -v server="$server" -v database="$database" -v tick="$tick" \
    -v memory="$(rss "${pid[$name]}")" -v bad="$(value bad)" 'BEGIN {
      done = acked > 0 ? (stored > 0 ? stored : acked) : polls
      million = (acked > 0 ? (all > 0 ? all : acked) : polls) / 1e6
      if (million == 0) million = 1e-6
      print cell, name, done / seconds, p50, p99, max, server / tick / million, database / tick / million,
        memory / 1024, bad }' >>"$results"
}

# CELL SUBJECT TERMINALS LINES: the same by the project's own simulated terminals, where the yardsticks are absent.
measure_alone() {
  local cell=$1 name=$2 records=$(($4 * 1000 < 100000 ? $4 * 1000 : 100000)) before report server database
  records=$((records / $3 > $4 ? records / $3 : $4))
  before=$(count "$name")
  server=$(cpu "${pid[$name]}")
  database=$(cpu "$postmaster")
  report=$("$bin/presensi-terminals" push --url "http://127.0.0.1:${port[$name]}" --no-compare --quiet --keep-alive \
    --scenario catch-up --speed 0 --terminals "$3" --batch "$4" --records "$records" --serial-prefix "B$((++cells))X") ||
    fault "$cell on $name: $report"
  stored=$(($(count "$name") - before))
  server=$(($(cpu "${pid[$name]}") - server))
  database=$(($(cpu "$postmaster") - database))
  awk -v OFS='\t' -v cell="$cell" -v name="$name" -v stored="$stored" -v server="$server" -v database="$database" \
    -v tick="$tick" -v memory="$(rss "${pid[$name]}")" '
      /^terminals/ { seconds = $4 } /^answer/ { p50 = $3; p99 = $6; max = $9 }
      END { print cell, name, stored / seconds, p50, p99, max, server / tick / stored * 1e6,
        database / tick / stored * 1e6, memory / 1024, 0 }' <<<"$report" >>"$results"
}

# SUBJECT CONNECTIONS: kB of RSS that each idle connection costs. Its terminals are known already.
measure_idle() {
  local before after load
  before=$(rss "${pid[$1]}")
  "$tools/adms_load" --port "${port[$1]}" --mode idle --conns "$2" --srcips 4 --seconds 5 >"$folder/idle" &
  load=$!
  sleep 4
  after=$(rss "${pid[$1]}")
  wait "$load"
  answer=$(<"$folder/idle")
  [ "$(value open)" = "$2" ] || fault "idle on $1: $(value open) of $2 connections stayed open"
  awk -v OFS='\t' -v name="$1" -v n="$2" -v grown=$((after - before)) 'BEGIN {
    print "idle", name, grown * 1.024 / n }' >>"$results"
}

# CELL SUBJECT URL ARGUMENT...: 200 answers to URL per second, on one connection, while the load of 4 seconds runs.
measure_beside() {
  local cell=$1 name=$2 url=$3 load
  shift 3
  "$tools/adms_load" --port "${port[$name]}" "$@" >"$folder/beside" &
  load=$!
  sleep 0.5
  # A fragment is not sent: it only makes curl ask again and again.
  curl -s -m 5 --rate 200/s -o /dev/null -w '%{http_code} %{time_total}\n' "$url#[1-600]" >"$folder/answers" || true
  wait "$load"
  [ "$(grep -c '^200 ' "$folder/answers")" -eq 600 ] || fault "$cell on $name: not every answer was 200"
  sort -k 2n "$folder/answers" | awk -v OFS='\t' -v cell="$cell" -v name="$name" '
    { ms[n++] = $2 * 1000 }
    END { print cell, name, n, ms[int(n / 2)], ms[int(n * 0.99)], ms[n - 1] }' >>"$results"
}

# SUBJECT SITE: asks for a pull of every terminal of the site.
ask_for_pulls() {
  local serial on address answered
  while read -r serial on address; do
    answered=$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
      -d "{\"address\":\"127.0.0.1\",\"port\":${address##*:}}" "http://127.0.0.1:${admin[$1]}/api/v1/terminals/$serial/pulls")
    [ "$answered" = 202 ] || fault "a pull of $serial: $answered"
  done <"$folder/$2.log"
}

# CELL SUBJECT ARGUMENT...: what a push load is given, whatever else is stored meanwhile.
measure_push() {
  local cell=$1 name=$2
  shift 2
  answer=$("$tools/adms_load" --port "${port[$name]}" "$@")
  [ "$(value mismatch)$(value connerr)" = 00 ] || fault "$cell on $name: $answer"
  awk -v OFS='\t' -v cell="$cell" -v name="$name" -v acked="$(value acked)" -v seconds="$(value s)" \
    -v p50="$(value p50_ms)" -v p99="$(value p99_ms)" -v max="$(value max_ms)" \
    'BEGIN { print cell, name, acked / seconds, p50, p99, max }' >>"$results"
}

# SUBJECT COUNT: waits until so many pulls are over, all of them complete.
await_pulls() {
  local what database tries
  read -r what database <<<"${store[$1]}"
  for tries in {1..1200}; do
    [ "$(sql "$database" "SELECT count(*) FROM presensi.pull_run WHERE state IN ('done', 'failed')")" -lt "$2" ] || break
    sleep 0.1
  done
  [ "$(sql "$database" "SELECT count(*) FROM presensi.pull_run WHERE state = 'done'")" -eq "$2" ] ||
    fault "$1: $2 pulls should be complete; $(sql "$database" "SELECT state, reason, count(*) FROM presensi.pull_run GROUP BY 1, 2")"
}
