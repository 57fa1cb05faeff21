#!/usr/bin/env bash
# Searches for inputs that break a property of tests/fuzz, two targets at a time (clang 14 and libFuzzer).
#   scripts/fuzz.sh [--saturated] [SECONDS] [TARGET]...   SECONDS of processor time each, 600 if not said; all targets if
#                               none is named. Fails if a finding is open; --saturated: also if a target
#                               met a new edge in the last half of its time.
#   scripts/fuzz.sh --keep [TARGET]...    puts what was learnt into tests/fuzz/corpus where it covers more, if it is small
# What a run learns stays in build/fuzz/corpus, what it finds in build/fuzz/findings: both are tried first by the next run,
# so a finding stays open until it is mended.
set -euo pipefail
cd "$(dirname "$0")/.."

# The edges at the end, how much of the time had passed at the last new one (percent), and how many came in the last half.
# tests/fuzz/libfuzzer.cpp writes the percents between libFuzzer's lines.
edges_of() {
  awk '
    /^budget: / { percent = $2 }
    match($0, / cov: [0-9]+ /) {
      edges = substr($0, RSTART + 6) + 0
      if (edges > most) { if (percent >= 50) late += edges - most; most = edges; last = percent }
    }
    END { print most + 0, last + 0, late + 0 }' "$1"
}

fuzz_one() {
  local target=$1 log=build/fuzz/$1.log corpus=build/fuzz/corpus/$1 findings=build/fuzz/findings/$1
  mkdir -p "$corpus" "$findings"
  touch "$log.begun"
  local code=0 begun=$SECONDS
  PRESENSI_CPU_SECONDS=$seconds "build/fuzz/bin/fuzz_$target" -max_len=4096 -timeout=120 -rss_limit_mb=3072 -use_value_profile=1 \
    -print_final_stats=1 -dict=tests/fuzz/words.dict -artifact_prefix="$findings/" "$corpus" "tests/fuzz/corpus/$target" \
    "$findings" >"$log" 2>&1 || code=$?
  local runs edges last late found
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  read -r edges last late < <(edges_of "$log")
  found=$(find "$findings" -newer "$log.begun" \( -name 'crash-*' -o -name 'leak-*' -o -name 'oom-*' -o -name 'timeout-*' \) | wc -l)
  printf '%-16s %10s executions %6s s of wall clock, %5s edges, the last new one at %3s %% of the time, %s in its last half, findings %s\n' \
    "$target" "${runs:-?}" "$((SECONDS - begun))" "$edges" "$last" "$late" "$found"
  if [ "$code" -ne 0 ] || [ "$found" -ne 0 ]; then
    echo "$target: exit code $code, see $log and $findings" >&2
    return 1
  fi
  [ -z "$saturated" ] || [ "$late" -eq 0 ]
}

# Kept inputs are replayed by every run of the suite, so there are few of them: to those that are there comes one for each
# edge that they lack, whatever else a run of the fuzzer tells inputs apart by.
keep_one() {
  local target=$1 kept=tests/fuzz/corpus/$1 merged
  merged=$(mktemp -d)
  cp "$kept"/* "$merged"
  "build/fuzz/bin/fuzz_$target" -merge=1 -use_counters=0 -max_len=4096 "$merged" "build/fuzz/corpus/$target" >"build/fuzz/$target.merge.log" 2>&1
  local files bytes
  files=$(find "$merged" -type f | wc -l)
  bytes=$(cat "$merged"/* | wc -c)
  if [ "$files" -le 500 ] && [ "$bytes" -le $((300 * 1024)) ]; then
    cp "$merged"/* "$kept"
    echo "$target: $files files, $bytes bytes"
  else
    echo "$target: $files files of $bytes bytes would be too much; nothing is kept"
  fi
  rm -r "$merged"
}

saturated=
work=fuzz_one
case "${1:-}" in
  --saturated) saturated=1 && shift ;;
  --keep) work=keep_one && shift ;;
esac
seconds=600
if [[ ${1:-} =~ ^[0-9]+$ ]]; then seconds=$1 && shift; fi
scripts/setup.sh fuzz
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cd tests/fuzz/corpus && ls)
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}" -- --quiet
[ $work = keep_one ] || echo "${#targets[@]} targets, $seconds CPU-seconds each, two at a time"
export seconds saturated work
export -f fuzz_one keep_one edges_of
printf '%s\n' "${targets[@]}" | xargs -P 2 -I {} bash -euc '$work "$1"' fuzz_one {}
