#!/usr/bin/env bash
# The suite's own proofs at full counts, seeded; for the background.
#   scripts/prove.sh kill [SEED]     200 kill -9 of the daemon on either store, 200 of two daemons on one PostgreSQL,
#                                    50 crashes of PostgreSQL, 200 cut commits, 200 cut lines, under 64 terminals
#   scripts/prove.sh feed [SEED]     1,000,000 rows by 4 writers in long and short transactions, readers that crash
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
export PRESENSI_SEED=${2:-$RANDOM}
bin=build/dev/bin
prepare() {
  scripts/setup.sh test
  [ -f build/dev/build.ninja ] || cmake --preset dev >/dev/null
  cmake --build --preset dev -- --quiet
}
case "$name" in
  kill)
    prepare
    PRESENSI_KILLS=200 PRESENSI_CUTS=200 $bin/end_to_end_tests --test-case='kill -9*,a bad line*'
    PRESENSI_TEST_STORE=postgres PRESENSI_KILLS=200 PRESENSI_STOPS=50 PRESENSI_CUTS=200 $bin/end_to_end_on_postgres \
      --test-case='kill -9*,two daemons on one database\, terminals*,PostgreSQL crashes*,commits that are cut*,a bad line*'
    ;;
  feed)
    prepare
    PRESENSI_FEED_ROWS=1000000 $bin/storage_tests --test-case='feed on postgres*'
    ;;
  *)
    sed -n 's/^#  *\(.*\)/\1/p' "$0" >&2
    exit 2
    ;;
esac
