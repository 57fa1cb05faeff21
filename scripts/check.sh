#!/usr/bin/env bash
# What a change should pass before it is offered: formatting, clang-tidy, and the suite under ASan and UBSan.
#   scripts/check.sh [format|tidy|asan]...     none named: all
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh check
checks=("$@")
[ ${#checks[@]} -gt 0 ] || checks=(format tidy asan)
listed=$(git ls-files '*.cpp' '*.hpp') # fails outside a clone
mapfile -t sources <<<"$listed"

for check in "${checks[@]}"; do
  case "$check" in
    format)
      clang-format --dry-run --Werror "${sources[@]}"
      echo "format: ${#sources[@]} files are formatted"
      ;;
    tidy)
      [ -f build/dev/build.ninja ] || cmake --preset dev >/dev/null
      cmake --build --preset dev -- --quiet # generated sources
      printf '%s\n' "${sources[@]}" | grep '\.cpp$' | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/dev 2>/dev/null
      echo "tidy: no findings"
      ;;
    asan)
      [ -f build/asan/build.ninja ] || cmake --preset asan >/dev/null
      cmake --build --preset asan -- --quiet
      ctest --preset asan -j "$(nproc)"
      ;;
    *) echo "usage: $0 [format|tidy|asan]..." >&2; exit 2 ;;
  esac
done
