#!/usr/bin/env bash
# The package on a clean Debian 12 that is booted: installed with PostgreSQL, edited, upgraded, restarted, reloaded,
# without its sockets, called from a foreign address, stopped dead, looked at from inside its sandbox, removed, purged.
# Nothing of it stays on this machine but a cache.
#   container.sh PACKAGE EARLIER_PACKAGE CACHE_FOLDER
# PRESENSI_RESTARTS: how often it is restarted under load (5). Prints "SKIPPED: …" where it cannot be had.
set -euo pipefail
package=$(realpath "$1")
earlier=$(realpath "$2")
mkdir -p "$3"
cache=$(realpath "$3")
here=$(cd "$(dirname "$0")/../.." && pwd)
restarts=${PRESENSI_RESTARTS:-5}

skip() {
  echo "SKIPPED: $1"
  exit 0
}
[ "$(id -u)" -eq 0 ] || skip "the package is not tried out on a clean Debian: that needs root"
for tool in debootstrap systemd-nspawn nsenter cc; do
  command -v "$tool" >/dev/null || skip "the package is not tried out on a clean Debian: $tool is missing (scripts/setup.sh package)"
done

folder=$(mktemp -d /var/tmp/presensi-container.XXXXXX)
root=$folder/debian
nspawn=
clean_up() {
  trap - EXIT INT TERM
  if [ -n "$nspawn" ]; then
    kill -KILL "$nspawn" 2>/dev/null || true
    [ -z "${leader:-}" ] || kill -KILL "$leader" 2>/dev/null || true
    wait "$nspawn" 2>/dev/null || true
  fi
  # Only what lies below our own folder.
  awk -v at="$folder/" 'index($2, at) == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n 1 umount -l || true
  rm -rf --one-file-system "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

began=$SECONDS
step() { echo "== $((SECONDS - began)) s: $*"; }
fail() {
  echo "FAILED: $*" >&2
  if [ -n "${leader:-}" ]; then inside journalctl --no-pager -n 60 -u 'presensid*' >&2 || true; fi
  exit 1
}
check() { # what, command…
  local what=$1
  shift
  "$@" || fail "$what"
  echo "   ok: $what"
}
await() { # what, seconds, command…
  local what=$1 until=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $until ] || fail "$what"
    sleep 0.3
  done
  echo "   ok: $what"
}
inside() { nsenter -t "$leader" -a -- /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
sql() { inside runuser -u postgres -- psql -X -A -t -d presensi -c "$1"; }

step "a clean Debian 12"
mirror=$(awk '/^URIs:/ {print $2; exit} /^deb / {print $2; exit}' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
base=$cache/bookworm.tar
if [ ! -f "$base" ]; then
  timeout 900 debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,curl,iproute2 bookworm "$folder/base" \
    ${mirror:+"$mirror"} >"$folder/debootstrap.log" 2>&1 || skip "no clean Debian: $(tail -n 1 "$folder/debootstrap.log")"
  tar -C "$folder/base" -cf "$base.new" .
  mv "$base.new" "$base"
  rm -rf "$folder/base"
fi
mkdir "$root"
tar -C "$root" -xf "$base"
# The earlier configuration, a line of it: dpkg meets one that both sides changed.
dpkg-deb --raw-extract "$earlier" "$folder/earlier"
echo '# a remark of an earlier version' >>"$folder/earlier/etc/presensi/presensi.yaml"
dpkg-deb --root-owner-group --build "$folder/earlier" "$root/srv/earlier.deb" >/dev/null
rm -r "$folder/earlier"
cp "$package" "$root/srv/presensid.deb"
cp "$here/tests/captures/adms/03-attlog-a39n-push240-trailing-tab.body" "$root/srv/sample"
cc -O1 -static -o "$root/usr/local/bin/probe" "$here/tests/package/probe.c"
mkdir -p "$root/home/somebody" "$cache/archives/partial"
echo secret >"$root/home/somebody/secret"
chmod 644 "$root/home/somebody/secret"
chroot "$root" sh -c 'echo secret >~root/secret && chmod 644 ~root/secret'

step "what it depends on, fetched"
[ -z "$mirror" ] || {
  rm -f "$root/etc/apt/sources.list"
  cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null || cp /etc/apt/sources.list "$root/etc/apt/"
}
apt-config dump | grep '^Acquire::' | grep -v 'IndexTargets\|Languages' >"$root/etc/apt/apt.conf.d/90of-this-machine" || true
cp /etc/resolv.conf "$root/etc/resolv.conf"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/quick" # it is thrown away
mount --bind "$cache/archives" "$root/var/cache/apt/archives"
timeout 900 chroot "$root" /usr/bin/env DEBIAN_FRONTEND=noninteractive sh -c \
  'apt-get -q update && for each in earlier presensid; do apt-get -q -y --download-only install /srv/$each.deb || exit; done' \
  >"$folder/fetch.log" 2>&1 ||
  skip "its dependencies cannot be fetched: $(tail -n 1 "$folder/fetch.log")"

step "booted"
# A network of its own, on which a foreign and a private address answer.
systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit --machine="presensi$$" --private-network \
  --capability=CAP_NET_ADMIN,CAP_BPF --system-call-filter=bpf --console=pipe --bind="$cache/archives:/var/cache/apt/archives" \
  --setenv=SYSTEMD_LOG_TARGET=journal </dev/null >"$folder/console.log" 2>&1 &
nspawn=$!
for _ in $(seq 100); do
  leader=$(ps -o pid= --ppid "$nspawn" 2>/dev/null | head -n 1 | tr -d ' ') || true
  [ -z "$leader" ] || ! inside systemctl is-system-running 2>/dev/null | grep -q 'running\|degraded' || break
  kill -0 "$nspawn" 2>/dev/null || skip "systemd does not boot in a container here: $(tail -n 1 "$folder/console.log")"
  sleep 0.3
done
inside systemctl is-system-running >/dev/null 2>&1 || inside systemctl is-system-running | grep -q degraded ||
  skip "systemd does not boot in a container here"
inside ip link add foreign type veth peer name foreign-end
inside ip address add 203.0.113.1/24 dev foreign
inside ip address add 10.20.0.1/24 dev foreign
inside ip link set foreign up
inside ip link set foreign-end up

install_package() { inside apt-get -q -y -o Dpkg::Options::=--force-confdef install "/srv/$1.deb" >"$folder/$1.log" 2>&1 || { cat "$folder/$1.log" >&2; fail "$1 is not installed"; }; }
push() { # prints the answer
  inside curl -sS -m 20 --data-binary "@/srv/${1:-sample}" 'http://127.0.0.1:8081/iclock/cdata?SN=TST7240100001&table=ATTLOG&Stamp=9999'
}
version_inside() { inside dpkg-query -W -f '${Version}' presensid; }

step "the earlier package, with PostgreSQL, by one apt-get install"
install_package earlier
check "PostgreSQL came with it" inside test -d /var/lib/postgresql/15/main
await "the service is active" 60 inside systemctl is-active presensid.service
check "its database is the one of production" test "$(sql "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'presensi'")" = postgres
check "the schema belongs to presensi_owner" test "$(sql "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'presensi'")" = presensi_owner
schema_before=$(sql 'SELECT max(version) FROM presensi.schema_version')

step "three lines edited"
cp "$root/etc/presensi/presensi.yaml" "$folder/shipped.yaml"
check "the shipped file has at most 15 lines" test "$(wc -l <"$folder/shipped.yaml")" -le 15
sed -i -e 's/^terminals: \[\].*/terminals:/' -e '/^terminals:/a\  - { serial: TST7240100001, name: Apel IV, role: apel, portable: true }' "$root/etc/presensi/presensi.yaml"
check "at most three lines are new" test "$(diff "$folder/shipped.yaml" "$root/etc/presensi/presensi.yaml" | grep -c '^>')" -le 3
inside systemctl restart presensid.service
answer=$(push)
check "a sample is acknowledged ($answer)" grep -q '^OK: ' <<<"$answer"
punches=$(sql 'SELECT count(*) FROM presensi.punch')
check "its $punches punches are in PostgreSQL" test "$punches" -gt 0

step "the upgrade, with data and a secret as a credential"
mkdir -p "$root/etc/credstore"
(umask 077 && echo not-needed-by-peer >"$root/etc/credstore/presensi.db-password")
check "its file is only root's" test "$(stat -c %a "$root/etc/credstore/presensi.db-password")" = 600
cp "$root/etc/presensi/presensi.yaml" "$folder/without.yaml"
sed -i 's/^storage:.*/storage: { backend: postgres, postgres: { password_file: presensi.db-password } }/' "$root/etc/presensi/presensi.yaml"
cp "$root/etc/presensi/presensi.yaml" "$folder/edited.yaml"
install_package presensid
check "no mistake is seen in the credential" test "$(grep -c 'has a mistake' "$folder/presensid.log")" -eq 0
check "the new version is installed" test "$(version_inside)" != "$(dpkg-deb -f "$earlier" Version)"
check "the configuration is as it was edited" cmp -s "$folder/edited.yaml" "$root/etc/presensi/presensi.yaml"
await "the service is active" 60 inside systemctl is-active presensid.service
await "its sockets are the service manager's" 30 inside systemctl is-active presensid.socket presensid-admin.socket
newest=$(basename "$(ls "$here"/storage/schema/postgres/0*.sql | tail -n 1)" | sed 's/^0*\([0-9]*\)_.*/\1/')
check "the schema is brought up from $schema_before to $newest" test "$(sql 'SELECT max(version) FROM presensi.schema_version')" -eq "$newest"
[ "$schema_before" -lt "$newest" ] || echo "   the earlier package has the same schema: nothing is shown about bringing one up"
check "every punch is still there" test "$(sql 'SELECT count(*) FROM presensi.punch')" = "$punches"
await "the same sample again is acknowledged" 30 push
check "and nothing counts twice" test "$(sql 'SELECT count(*) FROM presensi.punch')" = "$punches"
check "the clock is asked about in spite of the sandbox" inside sh -c 'curl -s http://127.0.0.1:8080/api/v1/status | grep -q clock_synchronised && ! journalctl -u presensid | grep -q "nobody says whether"'

step "commands of root, and a backup"
check "root's doctor reads the database as the daemon's role" inside sh -c 'presensid doctor --lang en | grep -q "^\[ok\] The role presensid reads and adds"'
check "the timer is not switched on unasked" inside sh -c '! systemctl is-enabled presensid-backup.timer'
check "a backup is made" inside systemctl start presensid-backup.service
check "its drill succeeds" inside sh -c '/usr/lib/presensi/backup drill /var/backups/presensi/*.dump'

step "$restarts restarts under load"
inside sh -c 'i=0; : >/srv/refused; while [ ! -e /srv/stop ]; do
    i=$((i + 1)); m=$((i / 60 % 60)); h=$((i / 3600)); s=$((i % 60))
    printf "%d\t2026-11-%02d %02d:%02d:%02d\t0\t1\n" $((i % 40 + 1)) $((h / 24 + 1)) $((h % 24)) $m $s >/srv/one
    answer=$(curl -sS -m 60 --data-binary @/srv/one "http://127.0.0.1:8081/iclock/cdata?SN=TST7240100001&table=ATTLOG&Stamp=9999" 2>&1)
    case $answer in "OK: 1") echo $i >>/srv/acknowledged ;; *refused*) echo "$answer" >>/srv/refused ;; *) echo "$answer" >>/srv/again ;; esac
  done' &
load=$!
for _ in $(seq "$restarts"); do inside systemctl restart presensid.service; done
touch "$root/srv/stop"
wait "$load"
acknowledged=$(wc -l <"$root/srv/acknowledged")
check "no connection was refused" test ! -s "$root/srv/refused"
stored=$(sql 'SELECT count(*) FROM presensi.punch')
check "$acknowledged acknowledged punches, each stored ($((stored - punches)))" test $((stored - punches)) -ge "$acknowledged"
echo "   without an answer: $(cat "$root/srv/again" 2>/dev/null | wc -l)"

step "reload"
sed -i 's/name: Apel IV/name: Apel V/' "$root/etc/presensi/presensi.yaml"
check "a good one succeeds" inside systemctl reload presensid.service
await "and holds" 20 inside sh -c 'curl -s http://127.0.0.1:8080/api/v1/terminals/TST7240100001 | grep -q "Apel V\""'
echo 'limits: { body: 1 }' >>"$root/etc/presensi/presensi.yaml"
if inside systemctl reload presensid.service 2>/dev/null; then fail "systemctl reload took a mistake for success"; fi
check "a bad one is refused, and the service goes on" inside systemctl is-active --quiet presensid.service
sed -i '$d' "$root/etc/presensi/presensi.yaml"

reinstall() { inside apt-get -q -y -o Dpkg::Options::=--force-confdef install --reinstall /srv/presensid.deb >"$folder/reinstall.log" 2>&1 || fail "it cannot be installed again"; }

step "an upgrade beside a mistake in the configuration"
echo 'limits: { body: 1 }' >>"$root/etc/presensi/presensi.yaml"
reinstall
check "it is told" grep -q 'the configuration has a mistake' "$folder/reinstall.log"
check "with its place" grep -q 'presensi.yaml:[0-9]*:' "$folder/reinstall.log"
cp "$folder/without.yaml" "$root/etc/presensi/presensi.yaml"
inside systemctl restart presensid.service

step "ports without the service manager"
has_no_sockets() {
  ! inside systemctl is-active --quiet presensid.socket && ! inside systemctl is-active --quiet presensid-admin.socket &&
    ! inside systemctl is-enabled --quiet presensid.socket && ! inside systemctl is-enabled --quiet presensid-admin.socket
}
inside systemctl disable --now presensid.socket presensid-admin.socket
inside systemctl restart presensid.service
await "the daemon opens them itself" 30 push
check "the sockets stay closed" has_no_sockets
reinstall
await "after an upgrade the daemon serves" 60 push
check "and the sockets are closed and disabled as before" has_no_sockets
inside systemctl stop presensid.service
reinstall
check "one that was stopped is left stopped" grep -q 'left stopped' "$folder/reinstall.log"
check "and is" test "$(inside systemctl show -P ActiveState presensid.service)" = inactive
inside systemctl enable --now presensid.socket presensid-admin.socket
inside systemctl start presensid.service
await "behind its sockets again it serves" 30 push

step "ports from a foreign address"
# The status that a caller from this address gets; 000: nobody answers.
status_from() { inside curl -s -o /dev/null -m 4 -w '%{http_code}' --interface "$1" 'http://10.20.0.1:8081/iclock/cdata?SN=TST7240100001' || true; }
is_served() { [ "$(status_from "$1")" != 000 ]; }
is_shut_out() { [ "$(status_from "$1")" = 000 ]; }
restart_ports() {
  inside systemctl daemon-reload
  inside systemctl stop presensid.service presensid.socket
  inside systemctl start presensid.socket presensid.service
}
await "one of a private network is served" 30 is_served 10.20.0.1
check "a foreign one is not" is_shut_out 203.0.113.1
mkdir -p "$root/etc/systemd/system/presensid.socket.d"
printf '[Socket]\nIPAddressAllow=203.0.113.0/24\n' >"$root/etc/systemd/system/presensid.socket.d/public.conf"
restart_ports
await "with a drop-in it is" 30 is_served 203.0.113.1
rm -r "$root/etc/systemd/system/presensid.socket.d"
restart_ports
await "without it they serve" 30 push

step "the watchdog"
mkdir -p "$root/etc/systemd/system/presensid.service.d"
printf '[Service]\nWatchdogSec=6\n' >"$root/etc/systemd/system/presensid.service.d/watchdog.conf"
inside systemctl daemon-reload
inside systemctl restart presensid.service
main=$(inside systemctl show -P MainPID presensid.service)
sleep 15
check "an idle daemon is left alone" test "$(inside systemctl show -P MainPID presensid.service)" = "$main"
inside systemctl stop postgresql@15-main.service
sleep 15
check "so is one whose PostgreSQL is away" test "$(inside systemctl show -P MainPID presensid.service)" = "$main"
inside systemctl start postgresql@15-main.service
inside kill -STOP "$main"
await "one that stands still is replaced" 60 inside sh -c "[ \$(systemctl show -P MainPID presensid.service) != $main ] && systemctl is-active presensid.service"
await "and serves" 30 push
rm -r "$root/etc/systemd/system/presensid.service.d"
inside systemctl daemon-reload
inside systemctl restart presensid.service

step "inside its sandbox"
# The unit as it is, with another program; which has to be one that may be run.
sed -e 's|^ExecStart=.*|ExecStart=/usr/local/bin/probe 203.0.113.1 10.20.0.1|' -e '/^ExecReload=/d' -e 's/^Type=.*/Type=oneshot/' \
  -e 's/^Restart=.*/Restart=no/' -e '/^WatchdogSec=/d' -e '/^LoadCredential=/d' -e '/^After=presensid/d' \
  -e 's|^ExecPaths=.*|& /usr/local/bin/probe|' -e '/^\[Install\]/,$d' "$root/lib/systemd/system/presensid.service" \
  >"$root/etc/systemd/system/probe.service"
inside systemctl daemon-reload
inside /usr/local/bin/probe 203.0.113.1 10.20.0.1 >"$folder/free"
inside rm -f /var/lib/presensi/written /etc/presensi/written /usr/bin/written # by the one outside, as root
inside systemctl start probe.service
inside rm -f /var/lib/presensi/written
inside sh -c 'journalctl --sync; journalctl -o cat -u probe.service' | grep '^probe:' >"$folder/caged" || true
paste -d ' ' <(cut -d ' ' -f 2,3 "$folder/free") <(cut -d ' ' -f 3 "$folder/caged") | awk '{printf "   %-22s outside %-8s inside %s\n", $1, $2, $3}'
for what in shell perl home root-home shadow write-etc write-usr memory-device processes kernel-table write-and-run-memory clock \
  raw-socket packet-socket foreign-network; do
  check "$what is out of reach" grep -q "^probe: $what refused" "$folder/caged"
done
for what in shell home foreign-network; do grep -q "^probe: $what reached" "$folder/free" || fail "$what proves nothing: it is out of reach outside, too"; done
for what in private-network this-machine state; do check "$what is within reach" grep -q "^probe: $what reached" "$folder/caged"; done
rm "$root/etc/systemd/system/probe.service"
inside systemctl daemon-reload

step "remove"
stored=$(sql 'SELECT count(*) FROM presensi.punch')
inside apt-get -q -y remove presensid >"$folder/remove.log" 2>&1
check "it says what it keeps" grep -q 'Kept: the database, /var/lib/presensi, /etc/presensi' "$folder/remove.log"
check "the configuration is kept" inside test -f /etc/presensi/presensi.yaml
check "the data is kept" test "$(sql 'SELECT count(*) FROM presensi.punch')" = "$stored"
check "nothing of it runs" inside sh -c '! systemctl is-active presensid.service presensid.socket presensid-admin.socket'

step "installed again, it goes on"
install_package presensid
await "the service is active" 60 inside systemctl is-active presensid.service
check "with its data" test "$(sql 'SELECT count(*) FROM presensi.punch')" = "$stored"

step "purge"
inside apt-get -q -y purge presensid >"$folder/purge.log" 2>&1
check "it says plainly what it keeps" grep -q 'the PostgreSQL database presensi with every punch' "$folder/purge.log"
check "the configuration is gone" inside test ! -e /etc/presensi/presensi.yaml
check "the data is not" test "$(sql 'SELECT count(*) FROM presensi.punch')" = "$stored"
install_package presensid
inside sh -c 'echo presensid presensid/purge-database boolean true | debconf-set-selections'
inside apt-get -q -y purge presensid >"$folder/purge-all.log" 2>&1
check "asked for, the database goes, too, and it says so" grep -q 'was deleted, as you asked' "$folder/purge-all.log"
check "it is gone" test -z "$(inside runuser -u postgres -- psql -X -A -t -d postgres -c "SELECT 1 FROM pg_database WHERE datname = 'presensi'")"
step "all of it held"
