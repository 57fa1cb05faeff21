#!/usr/bin/env bash
# presensid beside the yardsticks of docs/performance.md, interleaved in one run; prints the tables of that page.
#   scripts/bench.sh quick     under 8 minutes; the default
#   scripts/bench.sh full      some 20 minutes, for the background: also 10 million stored rows, and 60 terminals with 30,000
#                              records each
# PRESENSI_YARDSTICKS: folder of the yardsticks' sources. Without them presensid is measured alone.
# What was measured stays in build/bench/results.tsv.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-quick}" in
  quick) full= rounds=2 seconds=1.5 records=2000 connections=2000 ;;
  full) full=1 rounds=3 seconds=2.5 records=30000 connections=5000 ;;
  *) echo "usage: $0 [quick|full]" >&2; exit 2 ;;
esac
scripts/setup.sh bench
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release -- --quiet
cmake --build --preset release --target decode_attlog_bench pull_bench -- --quiet

bin=$PWD/build/release/bin
tools=$PWD/build/bench
results=$tools/results.tsv
yardsticks=${PRESENSI_YARDSTICKS:-../shared/bench}
mkdir -p "$tools"
: >"$results"
if [ -d "$yardsticks" ]; then
  for tool in adms_load limit_server pg_limit; do
    [ "$tools/$tool" -nt "$yardsticks/$tool.cpp" ] ||
      g++ -O2 -std=c++17 -o "$tools/$tool" "$yardsticks/$tool.cpp" -I/usr/include/postgresql -lpq -lpthread
  done
else
  echo "no yardsticks at $yardsticks: presensid alone, without ratios" >&2
  yardsticks=
fi

folder=$(mktemp -d /var/tmp/presensi-bench.XXXXXX) # on a disk, where a sync is one
chmod 755 "$folder"
source tests/bench/subjects.sh
source tests/bench/cells.sh
source tests/bench/plans.sh
source tests/bench/month.sh
finish() {
  trap - EXIT INT TERM
  kill $(jobs -p) 2>/dev/null || true
  stop_all
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
ulimit -n "$(ulimit -Hn)"

load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
started=$SECONDS
start_postgres
for database in ours raw one; do sql postgres "CREATE DATABASE $database"; done
if [ -n "$yardsticks" ]; then run_beside_yardsticks; else run_alone; fi
"$bin/decode_attlog_bench" >>"$results"
"$bin/pull_bench" >>"$results"
describe_machine
awk -F '\t' -f tests/bench/tables.awk "$results"
[ "$faults" -eq 0 ] || { echo "$faults faults: these figures do not count" >&2; exit 1; }
