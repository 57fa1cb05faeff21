#!/usr/bin/env bash
# The suite's own proofs at full counts, seeded; for the background.
#   scripts/prove.sh kill [SEED]     200 kill -9 of the daemon under 64 simulated terminals
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
seed=${2:-$RANDOM}
scripts/setup.sh test
[ -f build/dev/build.ninja ] || cmake --preset dev >/dev/null
cmake --build --preset dev -- --quiet
case "$name" in
  kill) PRESENSI_KILLS=200 PRESENSI_SEED=$seed build/dev/bin/end_to_end_tests --test-case='kill -9*' --success=false ;;
  *) sed -n '3s/^# *//p' "$0" >&2; exit 2 ;;
esac
