#!/usr/bin/env bash
# The package, made of an executable that is there: the same bytes twice, what it holds, and lintian without errors.
#   deb.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../.."
for tool in lintian dpkg-shlibdeps git; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: $tool is missing (scripts/setup.sh package)"; exit 0; }
done
[ -e .git ] || { echo "SKIPPED: the version of a package comes from a clone"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
first=$(scripts/package.sh --binary "$binary" --version 0.1.0~test1 --to "$folder/first")
second=$(scripts/package.sh --binary "$binary" --version 0.1.0~test1 --to "$folder/second")
cmp "$first" "$second"
lintian --fail-on error "$first" 2>/dev/null || lintian "$first"
lintian --fail-on error "$first" >/dev/null 2>&1

dpkg-deb --contents "$first" | awk '{print $1, $2, $6}' >"$folder/contents"
for path in ./usr/bin/presensid ./lib/systemd/system/presensid.service ./lib/systemd/system/presensid.socket \
  ./lib/systemd/system/presensid-admin.socket ./etc/presensi/presensi.yaml ./usr/share/presensi/balangan/units.yaml \
  ./usr/share/presensi/roles.sql ./usr/lib/presensi/database ./usr/lib/presensi/backup \
  ./lib/systemd/system/presensid-backup.service ./lib/systemd/system/presensid-backup.timer ./usr/share/man/man8/presensid.8.gz \
  ./usr/share/doc/presensid/copyright ./usr/share/doc/presensid/changelog.gz ./usr/share/doc/presensid/operations.md \
  ./usr/share/doc/presensid/panduan-admin.md ./usr/share/doc/presensid/panduan-pemasangan.md ./usr/share/doc/presensid/reference.yaml \
  ./usr/share/doc/presensid/monitoring/alerts.yml ./usr/share/doc/presensid/monthly-cycle/pegawai.csv \
  ./usr/share/doc/presensid/images/terminals-desk-en.png; do
  grep -q " $path\$" "$folder/contents" || { echo "$path is missing" >&2; exit 1; }
done
! grep -v ' root/root ' "$folder/contents" || { echo "these do not belong to root" >&2; exit 1; }
[ "$(dpkg-deb --ctrl-tarfile "$first" | tar -xO ./conffiles)" = /etc/presensi/presensi.yaml ]
dpkg-deb -f "$first" Depends | grep -q 'libpq5.*libsqlite3-0\|libsqlite3-0.*libpq5'
dpkg-deb -f "$first" Recommends | grep -q postgresql

# Every command has its section in the man page.
dpkg-deb --fsys-tarfile "$first" | tar -xO ./usr/share/man/man8/presensid.8.gz | gunzip >"$folder/man"
for command in $("$binary" --help | sed -n '/^Subcommands:/,$s/^  \([a-z-]*\) .*/\1/p'); do
  grep -q "^\.Sh ${command^^}\$" "$folder/man" || { echo "no section of the man page for $command" >&2; exit 1; }
done

# The configuration that is installed is right.
dpkg-deb --fsys-tarfile "$first" | tar -xO ./etc/presensi/presensi.yaml >"$folder/presensi.yaml"
"$binary" check-config --config "$folder/presensi.yaml" | grep -q '^  backend: postgres$'
for script in preinst postinst prerm postrm config; do
  [ ! -f "scripts/package/$script" ] || sh -n "scripts/package/$script"
done
echo "the package holds"
