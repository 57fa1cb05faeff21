#!/usr/bin/env bash
# The suite's own proofs at full counts, seeded; for the background.
#   scripts/prove.sh kill [SEED]     200 kill -9 of the daemon on either store, 200 of two daemons on one PostgreSQL,
#                                    50 crashes of PostgreSQL, 200 cut commits, 200 cut lines, under 64 terminals
#   scripts/prove.sh feed [SEED]     1,000,000 rows by 4 writers in long and short transactions, readers that crash
#   scripts/prove.sh converge [SEED] 10,000 histories of a month by every road on each store: one table
#   scripts/prove.sh service [SEED]  100 restarts under load on either store, none of which refuses anybody; 60 s of standing still
#   scripts/prove.sh package [COMMIT]    the package on a clean Debian 12 with a real systemd: install, edit, upgrade from the package of an
#                                    earlier commit, 100 restarts under load, reload, watchdog, sandbox, remove, purge; as root
#   scripts/prove.sh herd            600 terminals send 20,000 records each at once beside live punches
#   scripts/prove.sh strangers       1,000,000 questions of serials that nobody knows
#   scripts/prove.sh fuzz            scripts/fuzz.sh with 600 CPU-seconds for each target
#   scripts/prove.sh soak [SEED]     scripts/soak.sh for 60 minutes
set -euo pipefail
cd "$(dirname "$0")/.."

# The package of an earlier commit, in a tree of its own and as that tree makes it: with its own configuration, units and
# scripts. A tree of before there were packages is packed in the manner of this one. Kept.
package_of() {
  local commit tree
  commit=$(git rev-parse --short=12 "$1^{commit}")
  tree=$PWD/build/package/source-$commit
  [ -d "$tree" ] || git worktree add --detach "$tree" "$commit" >/dev/null
  if ! ls build/package/earlier/*"$commit"*.deb >/dev/null 2>&1; then
    local to=$PWD/build/package/earlier version=0.1.0~git0.$commit
    "$tree/scripts/setup.sh" build >&2 # it may link what we no longer do
    if [ -x "$tree/scripts/package.sh" ]; then
      "$tree/scripts/package.sh" --version "$version" --to "$to" >/dev/null
    else
      scripts/package.sh --source "$tree" --version "$version" --to "$to" >/dev/null
    fi
  fi
  ls build/package/earlier/*"$commit"*.deb
}

package() {
  scripts/setup.sh container
  local earlier new
  # Before the last migration of the schema, unless another is named.
  earlier=${1:-$(git log -1 --format=%H --diff-filter=A -- "$(ls storage/schema/postgres/0*.sql | tail -n 1)")~1}
  earlier=$(package_of "$earlier" | tail -n 1)
  new=$(scripts/package.sh | tail -n 1)
  lintian --fail-on error "$new"
  PRESENSI_RESTARTS=${PRESENSI_RESTARTS:-100} tests/package/container.sh "$new" "$earlier" build/package/cache
}

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
  herd)
    prepare
    PRESENSI_HERD_TERMINALS=600 PRESENSI_HERD_ROWS=20000 $bin/hostile_tests --test-case='F28*' --success
    ;;
  strangers)
    prepare
    PRESENSI_STRANGERS=1000000 $bin/hostile_tests --test-case='T19*' --success
    ;;
  converge)
    prepare
    export PRESENSI_HISTORIES=10000
    printf '%s\n' 'sqlite:*' 'postgres:*' | xargs -P 2 -I {} $bin/convergence_tests --test-case={}
    ;;
  service)
    prepare
    export PRESENSI_RESTARTS=100 PRESENSI_STILL_SECONDS=60
    $bin/service_tests
    PRESENSI_TEST_STORE=postgres $bin/service_on_postgres
    ;;
  package)
    shift
    package "$@"
    ;;
  fuzz)
    shift
    scripts/fuzz.sh --saturated "$@"
    ;;
  soak)
    scripts/soak.sh 60 "$PRESENSI_SEED"
    ;;
  *)
    sed -n 's/^#  *\(.*\)/\1/p' "$0" >&2
    exit 2
    ;;
esac
