#!/usr/bin/env bash
# Installs what this project links, and nothing else. Silent and instant when nothing is missing.
#   scripts/setup.sh [build|test|check|coverage|fuzz|bench|package|container|screenshots]     each of the others includes build
set -euo pipefail

packages=(g++ cmake ninja-build ccache libboost1.81-dev libcli11-dev libcsv-dev libfmt-dev libhowardhinnant-date-dev
  libkainjow-mustache-dev libpq-dev libpqxx-dev libqrencode-dev libsodium-dev libsqlite3-dev libssl-dev libyaml-cpp-dev
  pkg-config tzdata)
# The page's tests: another Node and npm than Debian's are as good, and Debian's npm is large.
browser=(chromium)
command -v node >/dev/null || browser+=(nodejs)
command -v npm >/dev/null || browser+=(npm)
tests=(doctest-dev haproxy librapidcheck-dev openssl postgresql-15 prometheus systemd zbar-tools "${browser[@]}")
case "${1:-build}" in
  build) ;;
  test) packages+=("${tests[@]}") ;;
  screenshots) packages+=("${browser[@]}" faketime) ;;
  bench) packages+=(curl postgresql-15 sqlite3) ;;
  package) packages+=(dpkg-dev git lintian) ;;
  container) packages+=(debootstrap dpkg-dev git lintian systemd-container) ;;
  fuzz) packages+=(clang-14 libclang-rt-14-dev) ;;
  check) packages+=("${tests[@]}" clang-format clang-tidy) ;;
  coverage) packages+=("${tests[@]}" gcovr) ;;
  *) echo "usage: $0 [build|test|check|coverage|fuzz|bench|package|container|screenshots]" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=absent
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}" >&2
run=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "run as root: apt-get install --no-install-recommends ${missing[*]}" >&2; exit 1; }
  run=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
options=(-q -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=600)
"${run[@]}" apt-get -q update >&2
# --no-remove: Boost 1.81 cannot stand beside libboost1.74-dev; removing that is for its owner to decide.
"${run[@]}" apt-get install "${options[@]}" "${missing[@]}" >&2
