#!/usr/bin/env bash
# Draws docs/images/ anew: the page with 60 terminals and an outage, at two widths, in both languages. Look at them before you commit.
#   scripts/screenshots.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh screenshots
[ -f build/dev/build.ninja ] || cmake --preset dev >/dev/null
cmake --build --preset dev --target presensid -- --quiet
for library in /usr/lib/*/faketime/libfaketimeMT.so.1; do export PRESENSI_FAKETIME=$library; done
exec tests/page/run.sh screenshots "$PWD/build/dev/bin" "$(realpath -m -- "${1:-docs/images}")"
