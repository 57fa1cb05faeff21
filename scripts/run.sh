#!/usr/bin/env bash
# Builds the daemon and runs it in the foreground on the embedded store.
#   scripts/run.sh [--config FILE]     without a file: config/example.yaml, data in var/
set -euo pipefail
started_in=$PWD
cd "$(dirname "$0")/.."

config=config/example.yaml
if [ "${1:-}" = --config ]; then
  config=$(cd "$started_in" && realpath -m -- "${2:?--config needs a file}")
elif [ $# -gt 0 ]; then
  echo "usage: $0 [--config FILE]" >&2
  exit 2
elif [ -z "${STATE_DIRECTORY:-}" ]; then
  mkdir -p var
  export STATE_DIRECTORY=$PWD/var
fi

scripts/setup.sh build
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release -- --quiet

build/release/bin/presensid check-config --config "$config" >/dev/null
# Of another file the daemon's own line says it: start.serves page=…
if [ "$config" = config/example.yaml ]; then
  port=$(build/release/bin/presensid check-config --config "$config" | sed -n '/^admin_listener:/,/port:/s/.*port: *\([0-9]*\).*/\1/p')
  echo "page: http://127.0.0.1:${port:-8080}/   (stop with Ctrl-C)"
fi
exec build/release/bin/presensid run --config "$config"
