#!/usr/bin/env bash
# How much of the sources the suite runs: lines and branches, by folder. Arguments go to ctest: scripts/coverage.sh -R intake
#   PRESENSI_TARGETS="protocol_tests storage_tests" scripts/coverage.sh -E NOT_BUILT     builds and runs these only
# Left out: tests, generated files, branches that only exceptions make, and files that no program built here has in it.
# A daemon that a test ends with kill -9 writes no counts, so what only such a daemon did counts as not run.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh coverage
[ -f build/coverage/build.ninja ] || cmake --preset coverage >/dev/null
read -ra targets <<<"${PRESENSI_TARGETS:-all}"
cmake --build --preset coverage --target "${targets[@]}" -- --quiet

# Counts add up over runs, and listing the tests of a program counts too.
find build/coverage -name '*.gcda' -delete
failed=0
ctest --preset coverage -j "$(nproc)" "$@" || failed=$?

gcovr --root . --object-directory build/coverage build/coverage -j "$(nproc)" --exclude-throw-branches \
  --filter '(protocol|attendance|config|storage|daemon)/' --csv build/coverage/files.csv >/dev/null
printf '| folder | lines | run | branches | run |\n|---|---|---|---|---|\n'
awk -F, '
  function percent(part, whole) { return whole == 0 ? "-" : sprintf("%.1f %%", 100 * part / whole) }
  NR > 1 {
    # Each file counts for its folder and for all above it.
    for (folder = $1; sub("/[^/]*$", "", folder);) {
      lines[folder] += $2; lines_run[folder] += $3; branches[folder] += $5; branches_run[folder] += $6
    }
  }
  END {
    for (folder in lines)
      printf "| `%s` | %d | %s | %d | %s |\n", folder, lines[folder], percent(lines_run[folder], lines[folder]),
        branches[folder], percent(branches_run[folder], branches[folder])
  }' build/coverage/files.csv | LC_ALL=C sort -t '`' -k 2,2
echo "by file: build/coverage/files.csv"
exit "$failed"
