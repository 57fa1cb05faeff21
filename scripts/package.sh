#!/usr/bin/env bash
# Builds the Debian package: build/package/presensid_VERSION_ARCH.deb, and prints its path.
#   scripts/package.sh [--version VERSION] [--to FOLDER] [--source TREE] [--binary FILE]
# --source: packs the sources of another tree, of an earlier commit say, in the manner of this one; --binary: this
# executable instead of one that is built now. For tests, both.
# The same commit built in the same folder gives the same bytes: times are those of the commit ($SOURCE_DATE_EPOCH).
set -euo pipefail
cd "$(dirname "$0")/.."
version= to=$PWD/build/package source=$PWD binary=
while [ $# -gt 0 ]; do
  case "$1" in
    --version) version=${2:?--version needs a word} && shift 2 ;;
    --to) to=$(realpath -m "${2:?--to needs a folder}") && shift 2 ;;
    --source) source=$(realpath "${2:?--source needs a folder}") && shift 2 ;;
    --binary) binary=$(realpath "${2:?--binary needs a file}") && shift 2 ;;
    *) echo "usage: $0 [--version VERSION] [--to FOLDER] [--source TREE] [--binary FILE]" >&2; exit 2 ;;
  esac
done
scripts/setup.sh package

# A release is a tag vX.Y.Z; anything else sorts before the release it will become, and after earlier commits.
version_of_tree() {
  local release count commit
  release=$(sed -n 's/^project(presensi_gateway VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  if [ "$(git -C "$source" describe --tags --exact-match 2>/dev/null)" = "v$release" ]; then
    echo "$release"
    return
  fi
  count=$(git -C "$source" rev-list --count HEAD)
  commit=$(git -C "$source" rev-parse --short=8 HEAD)
  echo "$release~git$count.$commit$(git -C "$source" diff --quiet HEAD 2>/dev/null || echo .changed)"
}
if [ -e "$source/.git" ]; then
  version=${version:-$(version_of_tree)}
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$source" log -1 --format=%ct)}
fi
: "${version:?outside a clone it has to be given: --version}"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date +%s)}

build=$PWD/build/package/tree
[ "$source" = "$PWD" ] || build=$PWD/build/package/tree-of-$(basename "$source")
(cd "$source" && cmake --preset release -B "$build" -D CMAKE_INSTALL_PREFIX=/usr -D CMAKE_INSTALL_SYSCONFDIR=/etc \
  -D CMAKE_INSTALL_DOCDIR=share/doc/presensid >/dev/null)
if [ -n "$binary" ]; then
  install -D -m 755 "$binary" "$build/bin/presensid"
else
  cmake --build "$build" --target presensid -- --quiet >&2
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
stage=$root/presensid
(umask 022 && DESTDIR=$stage cmake --install "$build" --strip >/dev/null)
doc=$stage/usr/share/doc/presensid

# What cmake --install leaves to packagers.
install -m 644 config/production.yaml "$stage/etc/presensi/presensi.yaml"
install -D -m 755 scripts/package/database.sh "$stage/usr/lib/presensi/database"
install -m 755 scripts/package/backup.sh "$stage/usr/lib/presensi/backup"
install -D -m 644 "$source/storage/schema/postgres/roles.sql" "$stage/usr/share/presensi/roles.sql"
install -m 644 scripts/package/copyright "$doc/copyright"
# Not README.md: its links are those of the source tree.
install -m 644 "$source"/docs/*.md "$source/docs/openapi.yaml" "$doc/"
for folder in decisions monitoring monthly-cycle; do
  [ ! -d "$source/docs/$folder" ] || install -D -m 644 -t "$doc/$folder" "$source/docs/$folder"/*
done
# Of the pictures those that these pages show.
cat "$doc"/*.md | tr '()' '\n\n' | sed -n '/^images\//p' | sort -u | while read -r image; do
  install -D -m 644 "$source/docs/$image" "$doc/$image"
done
install -m 644 "$source/CHANGELOG.md" "$doc/CHANGELOG.md"
{
  printf 'presensid (%s) unstable; urgency=medium\n\n' "$version"
  # The newest section, one entry a bullet.
  awk '/^## /{n++; next} n == 1 && NF' "$source/CHANGELOG.md" | sed 's/^ *//' | fold -s -w 74 |
    sed -e 's/ *$//' -e 's/^[^*]/  &/' -e 's/^/  /'
  printf '\n -- Presensi Gateway maintainers <presensi@example.org>  %s\n' "$(date -R -u -d "@$SOURCE_DATE_EPOCH")"
} >"$doc/changelog"
gzip -9n "$doc/changelog" "$doc/CHANGELOG.md"
[ ! -d "$stage/usr/share/man" ] || gzip -9n "$stage"/usr/share/man/man8/*.8
# Debian 12 keeps units there.
mkdir -p "$stage/lib"
mv "$stage/usr/lib/systemd" "$stage/lib/systemd"

mkdir -p "$stage/DEBIAN" "$root/debian"
printf 'Source: presensid\n\nPackage: presensid\nArchitecture: any\n' >"$root/debian/control"
depends=$(cd "$root" && dpkg-shlibdeps -O "$stage/usr/bin/presensid" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$(dpkg --print-architecture)|" -e "s|@DEPENDS@|$depends|" \
  -e "s|@SIZE@|$(du -k -s --apparent-size "$stage" | cut -f 1)|" scripts/package/control.in >"$stage/DEBIAN/control"
install -m 755 scripts/package/config scripts/package/postinst scripts/package/prerm scripts/package/postrm "$stage/DEBIAN/"
install -m 644 scripts/package/templates scripts/package/triggers "$stage/DEBIAN/"
echo /etc/presensi/presensi.yaml >"$stage/DEBIAN/conffiles"
(cd "$stage" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | LC_ALL=C sort | grep -v '^etc/' | xargs md5sum) >"$stage/DEBIAN/md5sums"
chmod 644 "$stage/DEBIAN/md5sums" "$stage/DEBIAN/conffiles" "$stage/DEBIAN/control"
find "$stage" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$to"
dpkg-deb --root-owner-group -Zxz --build "$stage" "$to" >/dev/null
echo "$to/presensid_${version}_$(dpkg --print-architecture).deb"
