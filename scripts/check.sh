#!/usr/bin/env bash
# What a change should pass before it is offered: formatting, clang-tidy, and the suite under ASan and UBSan.
#   scripts/check.sh [format|tidy|asan|ubsan|tsan]...     none named: format, tidy and asan, which has UBSan in it
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
      # A build folder of its own: clang cannot read the precompiled headers of g++. Nothing in it is built.
      cmake --preset dev -B build/tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
      printf '%s\n' "${sources[@]}" | grep '\.cpp$' | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/tidy 2>/dev/null
      echo "tidy: no findings"
      ;;
    asan | ubsan | tsan)
      [ -f "build/$check/build.ninja" ] || cmake --preset "$check" >/dev/null
      cmake --build --preset "$check" -- --quiet
      ctest --preset "$check" -j "$(nproc)"
      ;;
    *) echo "usage: $0 [format|tidy|asan|ubsan|tsan]..." >&2; exit 2 ;;
  esac
done
