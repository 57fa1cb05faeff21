#!/usr/bin/env bash
# Runs one file of this folder with Node, in a folder of its own beside the executables; says SKIPPED where something is not here.
#   run.sh words_test|page_test|screenshots BIN_DIR [ARGUMENT]...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
what=$1 bin=$2
shift 2
export PRESENSI_BIN_DIR=$bin PRESENSI_SOURCE_DIR=${here%/tests/page}

skip() { echo "SKIPPED: $*"; exit 0; }
command -v node >/dev/null || skip "Node is not here, so the page is NOT tested (scripts/setup.sh test installs it)"

# Nothing here is about durable disks.
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm
folder=$bin/../page-$what
mkdir -p "$folder"
rm -rf "$folder/page"
cp "$here"/*.mjs "$here/package.json" "$folder/"
cp -r "$PRESENSI_SOURCE_DIR/daemon/web/page" "$folder/page"
cd "$folder"

if [ "$what" != words_test ]; then
  PRESENSI_CHROMIUM=$(command -v chromium || command -v chromium-browser || true)
  [ -n "$PRESENSI_CHROMIUM" ] || skip "Chromium is not here, so the page is NOT tested (scripts/setup.sh test installs it)"
  export PRESENSI_CHROMIUM
  if ! cmp -s package.json node_modules/installed.json; then
    command -v npm >/dev/null || skip "npm is not here, so the page is NOT tested (scripts/setup.sh test installs it)"
    npm install --no-package-lock --no-audit --no-fund --ignore-scripts >npm.log 2>&1 || { tail -n 5 npm.log; skip "npm cannot get playwright-core, so the page is NOT tested"; }
    cp package.json node_modules/installed.json
  fi
fi

case "$what" in
  # One process: the reporter of node --test gathers the files of several.
  *_test) exec node --experimental-vm-modules --no-warnings "$what.mjs" ;;
  *) exec node "$what.mjs" "$@" ;;
esac
