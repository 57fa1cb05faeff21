#!/usr/bin/env bash
# The unit as it is installed: its sandbox scores at most 1.0, every line is understood, and each hardening line has its reason.
#   unit.sh UNIT_FOLDER SOURCE_FOLDER
set -euo pipefail
units=$1
source=$2
command -v systemd-analyze >/dev/null || { echo "SKIPPED: systemd-analyze is missing (scripts/setup.sh test)"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$units/presensid.service" "$source"/systemd/*.socket "$folder/"
systemd-analyze security --offline=true --threshold=10 "$folder/presensid.service" | tail -n 1

# The program may not be installed here; that is all it may find.
sed -i -e 's|^ExecStart=.*|ExecStart=/bin/true|' -e '/^ExecReload=/d' "$folder/presensid.service"
complaints=$(systemd-analyze verify --man=no --recursive-errors=no "$folder"/presensid.service "$folder"/*.socket 2>&1 | grep "$folder" || true)
[ -z "$complaints" ] || { echo "$complaints" >&2; exit 1; }

# Each line of the service has its reason: a comment above it, or above the lines that it stands with.
without_reason() {
  awk '/^\[/ {section = $0; reason = 0; next}
    /^# ---/ || /^$/ {reason = 0; next}
    /^#/ {reason = 1; next}
    section == "[Service]" && !reason' "$1"
}
bare=$(without_reason "$units/presensid.service")
[ -z "$bare" ] || { echo "no reason is given for: $bare" >&2; exit 1; }
sed -i '/^# No namespaces/i\\nProtectProc=invisible' "$folder/presensid.service"
[ "$(without_reason "$folder/presensid.service")" = ProtectProc=invisible ] || { echo "a line without a reason is not found" >&2; exit 1; }

# Whom the service may talk to, its ports may, too: its own list does not hold for sockets that are handed over.
for socket in presensid.socket presensid-admin.socket; do
  diff <(grep '^IPAddress' "$units/presensid.service") <(grep '^IPAddress' "$source/systemd/$socket") || {
    echo "$socket lets others in than the service" >&2
    exit 1
  }
done
[ "$(grep -c '^IPAddressDeny=any$' "$units/presensid.service")" -eq 1 ]
# Who disables the sockets gets a daemon that opens its ports itself.
! grep -q '^\(Wants\|Requires\|BindsTo\)=.*presensid' "$units/presensid.service" || { echo "the service starts its sockets" >&2; exit 1; }

# Ports stand twice; the shipped ones agree.
grep -q '^ListenStream=0.0.0.0:8081$' "$source/systemd/presensid.socket"
grep -q '^ListenStream=127.0.0.1:8080$' "$source/systemd/presensid-admin.socket"
grep -q 'terminal_listener{"0.0.0.0", 8081}' "$source/config/settings.hpp"
grep -q 'admin_listener{"127.0.0.1", 8080}' "$source/config/settings.hpp"

# The shipped configuration is short, and right.
[ "$(wc -l <"$source/config/production.yaml")" -le 15 ]
echo "the unit and its sockets hold"
