#!/usr/bin/env bash
# Builds everything and runs every test. Extra arguments go to ctest: scripts/test.sh -R feed
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
lines=() # where nobody debugs, line numbers are enough and compile a tenth faster
[ "${CI:-}" = true ] && lines=(-DCMAKE_CXX_FLAGS_DEBUG=-g1)
[ -f build/dev/build.ninja ] || cmake --preset dev "${lines[@]}" >/dev/null
cmake --build --preset dev -- --quiet
# Most tests wait for a deadline rather than work: twice as many as cores.
run=(ctest --preset dev -j "$((2 * $(nproc)))" "$@")
[ "${CI:-}" = true ] || exec "${run[@]}"

# CI's machine is shared: what fails there is tried once more by itself, and named in any case.
code=0
"${run[@]}" || code=$?
failed=build/dev/Testing/Temporary/LastTestsFailed.log
if [ "$code" -ne 0 ] && [ -s "$failed" ] && [ "$(wc -l <"$failed")" -le 5 ]; then
  echo "tried once more: $(cut -d: -f2- "$failed" | paste -sd '|')"
  code=0
  ctest --preset dev --rerun-failed || code=$?
fi
exit "$code"
