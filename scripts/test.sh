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
exec ctest --preset dev -j "$((2 * $(nproc)))" "$@"
