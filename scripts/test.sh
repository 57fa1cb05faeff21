#!/usr/bin/env bash
# Builds everything and runs every test. Extra arguments go to ctest: scripts/test.sh -R feed
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
[ -f build/dev/build.ninja ] || cmake --preset dev >/dev/null
cmake --build --preset dev -- --quiet
# Most tests wait for a deadline rather than work: twice as many as cores.
exec ctest --preset dev -j "$((2 * $(nproc)))" "$@"
