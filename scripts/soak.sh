#!/usr/bin/env bash
# presensid on PostgreSQL under 600 simulated terminals, pulls, files and commands, with a fault every minute; at the end
# every punch has to be stored once, and memory and descriptors as they were.
#   scripts/soak.sh [MINUTES] [SEED]    60 minutes; ends within MINUTES + 5. Full disks need root.
# The record stays in build/soak/: soak.tsv, table.md, the logs of presensid.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-60}
seed=${2:-$RANDOM}
scripts/setup.sh test
[ -f build/dev/build.ninja ] || cmake --preset dev >/dev/null
cmake --build --preset dev --target presensi-soak -- --quiet

PRESENSI_SOAK_FOLDER=$PWD/build/soak/$(date -u +%Y-%m-%dT%H%M)-seed-$seed
mkdir -p "$PRESENSI_SOAK_FOLDER"
TMPDIR=$(mktemp -d /tmp/presensi-soak-XXXXXX)
chmod 755 "$TMPDIR" # for the user that PostgreSQL runs as
export PRESENSI_SOAK_FOLDER TMPDIR PRESENSI_SEED=$seed
export PRESENSI_SOAK_SECONDS=$((60 * minutes)) PRESENSI_SOAK_PERIOD=60 PRESENSI_SOAK_TERMINALS=600

# Whatever a run that was killed has left.
soak=
finish() {
  [ -z "$soak" ] || kill -KILL -- "-$soak" 2>/dev/null || true
  for cluster in "$TMPDIR"/presensi-pg-*; do
    [ ! -e "$cluster" ] || tests/support/postgres_cluster.sh remove "$cluster"
  done
  for folder in "$TMPDIR"/*/; do
    ! mountpoint -q "$folder" || umount --lazy "$folder"
  done
  rm -rf "$TMPDIR"
}
trap finish EXIT
trap '[ -z "$soak" ] || kill -TERM "$soak"' INT TERM

# A process group of its own, in which the daemons are, too.
setsid timeout --foreground --kill-after=30 "$((60 * minutes + 270))" build/dev/bin/presensi-soak &
soak=$!
code=0
while kill -0 "$soak" 2>/dev/null; do
  code=0
  wait "$soak" || code=$?
done
echo "the record is in $PRESENSI_SOAK_FOLDER"
exit "$code"
